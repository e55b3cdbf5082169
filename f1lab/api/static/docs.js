// @ts-check
/* Start Swagger UI on the document beside this page, with the token the page was opened with. */
"use strict";

// @ts-expect-error -- Swagger UI is loaded before this file
const ui = SwaggerUIBundle({
  url: "openapi.json",
  dom_id: "#swagger-ui",
  deepLinking: true,
  docExpansion: "list",
  displayRequestDuration: true,
  persistAuthorization: false,
  validatorUrl: null,
  onComplete: authorize,
});

/** Use the token of the address for requests, and take it out of what can be seen and copied. */
function authorize() {
  const address = new URL(window.location.href);
  const token = address.searchParams.get("token");
  if (token === null) return;
  ui.preauthorizeApiKey("token", token);
  address.searchParams.delete("token");
  window.history.replaceState(null, "", address);
}
