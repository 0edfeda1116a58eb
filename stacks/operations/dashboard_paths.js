// Which file CloudFront answers a path of the dashboard with (a CloudFront Function, on the viewer's request).
//
// A page is a path without a dot in its last part, and has one file for all: the application shows what the path names.
// Every other path is a file, so a missing one is S3's 404, and never the page.
function handler(event) {
  var request = event.request;
  var path = request.uri;
  if (path === "/" || path === "/dashboard") {
    return {
      statusCode: 302,
      statusDescription: "Found",
      headers: { location: { value: "/dashboard/" } },
    };
  }
  if (path.startsWith("/dashboard/") && !path.startsWith("/dashboard/assets/") && !path.split("/").pop().includes(".")) {
    request.uri = "/dashboard/index.html";
  }
  return request;
}
