"""Pages the tests of every widget open: a notebook in JupyterLab, an exported one."""

import nbformat

KERNEL_READY = (
    "() => window.jupyterapp?.shell?.currentWidget?.sessionContext?.session?.kernel?.status"
    " === 'idle'"
)
#: A static page that asks nobody for anything.
ALONE = {"require_js_url": "", "mathjax_url": "", "jquery_url": ""}


def notebook(*sources, outputs=()):
    """Build a notebook with a hidden cell for each source."""
    cells = [
        nbformat.v4.new_code_cell(
            source, id=f"cell-{i}", metadata={"jupyter": {"source_hidden": True}}
        )
        for i, source in enumerate(sources)
    ]
    for cell, output in zip(cells, outputs, strict=False):
        cell["outputs"] = [output]
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": kernel})


def run_in_lab(page, server, name, *sources):
    """Open a notebook of these sources in JupyterLab and run its cells."""
    nbformat.write(notebook(*sources), server.folder / name)
    page.goto(server.url(name))
    page.wait_for_function(KERNEL_READY, timeout=60_000)
    page.evaluate("jupyterapp.commands.execute('notebook:run-all-cells')")


def set_theme(page, name, widget):
    """Change JupyterLab's theme and wait until a widget and the page have followed."""
    page.evaluate(
        "name => jupyterapp.commands.execute('apputils:change-theme', {theme: name})", name
    )
    kind = "dark" if "Dark" in name else "light"
    page.locator(f"{widget}[data-theme={kind}]").first.wait_for()
    page.wait_for_function(
        "kind => document.body.dataset.jpThemeLight === String(kind === 'light')", arg=kind
    )
    page.locator("#jupyterlab-splash").wait_for(state="detached")


def open_exported(page, folder, view):
    """Open a widget's notebook as nbconvert writes it, with no network; the picture it shows."""
    from nbconvert import HTMLExporter

    data, metadata = view._repr_mimebundle_()
    output = nbformat.v4.new_output("display_data", data, metadata=metadata)
    book = notebook("view", outputs=[output])
    target = folder / "export.html"
    target.write_text(HTMLExporter(**ALONE).from_notebook_node(book)[0], encoding="utf-8")
    page.context.set_offline(True)
    page.goto(target.as_uri())
    return page.locator(".f1lab-static img")
