const EXAMPLE_KEY = /^order-1042-[a-z]+$/;

function freshKey(request) {
  const name = Object.keys(request.headers).find((header) => header.toLowerCase() === "x-idempotency-key");
  if (name && EXAMPLE_KEY.test(request.headers[name])) {
    request.headers[name] += `-${crypto.randomUUID().slice(0, 8)}`;
  }
  return request;
}

// The document beside this page, tried against the host that served it. Nothing is loaded from elsewhere.
SwaggerUIBundle({
  // Beside the folder of this script, whatever slash the page was asked for with.
  url: new URL("../openapi.json", document.currentScript.src).href,
  dom_id: "#docs",
  deepLinking: true,
  displayRequestDuration: true,
  docExpansion: "list",
  defaultModelsExpandDepth: 0,
  persistAuthorization: true,
  // A fresh name for each wish: the example's would make the second one a retry of the first.
  requestInterceptor: freshKey,
  tryItOutEnabled: true,
  validatorUrl: null,
});
