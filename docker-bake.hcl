# One name for both platforms: docker buildx bake --push --set image.tags=registry.example/paysandbox:1.2.3
#
# Each platform's stage starts the sandbox once, so a builder with machines of both is faster than emulation.
group "default" {
  targets = ["image"]
}

target "image" {
  context   = "."
  platforms = ["linux/amd64", "linux/arm64"]
  tags      = ["paysandbox:latest"]
  attest    = ["type=provenance,mode=max", "type=sbom"]
}
