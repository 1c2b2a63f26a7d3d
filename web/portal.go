package web

import (
	"net/http"

	"symbolon/web/portal"
)

// portal is the citizen's start page.
func (p *pages) portal(v *visit) error {
	p.show(v, http.StatusOK, "portal", portal.StartOf(v.visitor, p.Means(), v.words))
	return nil
}
