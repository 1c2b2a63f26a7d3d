package intake

import "embed"

//go:embed openapi.yaml
var described embed.FS

// OpenAPI gives the description of the interface for register systems (OpenAPI 3.1), for whoever builds
// the other side.
func OpenAPI() ([]byte, error) {
	return described.ReadFile("openapi.yaml") //nolint:wrapcheck // it is compiled in
}
