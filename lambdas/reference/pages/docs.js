// The document beside this page, tried against the host that served it. Nothing is loaded from elsewhere.
SwaggerUIBundle({
  url: "openapi.json",
  dom_id: "#docs",
  deepLinking: true,
  displayRequestDuration: true,
  docExpansion: "list",
  persistAuthorization: true,
  tryItOutEnabled: true,
  validatorUrl: null,
});
