package register

import "embed"

//go:embed openapi.yaml partner.yaml
var described embed.FS

// OpenAPI gives the description of the registers' HTTP interface (OpenAPI 3.1), for whoever builds
// the other side.
func OpenAPI() ([]byte, error) {
	return described.ReadFile("openapi.yaml") //nolint:wrapcheck // it is compiled in
}

// PartnerAPI gives the description of what further sources of attributes serve (OpenAPI 3.1).
func PartnerAPI() ([]byte, error) {
	return described.ReadFile("partner.yaml") //nolint:wrapcheck // it is compiled in
}
