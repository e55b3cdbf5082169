"""Many races at once: on this machine or on a dask cluster, started again where it was left."""

from f1lab.batch.errors import BatchError
from f1lab.batch.result import BatchResult
from f1lab.batch.run import autopsies

__all__ = ["BatchError", "BatchResult", "autopsies"]
