package web

import (
	"context"
	"crypto/x509"
	"errors"
	"net"
	"net/http"
	"strings"

	"symbolon/connectors"
	"symbolon/connectors/identity"
)

// Card is the host where TLS asks browsers for a certificate. It has no pages and no cookies.
const Card HostName = "card"

// Cards takes what browsers show on the card host.
type Cards interface {
	Receive(ctx context.Context, means identity.Means, ticket string, shown []*x509.Certificate) (string, error)
}

type shownKey struct{}

// ByProxy marks a request as brought by the proxy that ends TLS for the card host, with the certificate
// that it saw there; nil for none. Only who has proved that it is that proxy may be believed (attacks XC-01).
func ByProxy(r *http.Request, shown []*x509.Certificate) *http.Request {
	return r.WithContext(context.WithValue(r.Context(), shownKey{}, shown))
}

// shown gives what the browser showed in the handshake. Headers say nothing here.
func shown(r *http.Request) []*x509.Certificate {
	if brought, ok := r.Context().Value(shownKey{}).([]*x509.Certificate); ok {
		return brought
	}
	if r.TLS != nil {
		return r.TLS.PeerCertificates
	}
	return nil
}

// misdirected says whether a request came over a connection made for another host. Browsers send
// requests for one host over a connection to another where certificate and address fit (RFC 9113 §9.1.1);
// on the card host that would reach us without a certificate having been asked for (R-CARD-11). Register
// systems need not show one: to the api host they may also come without TLS of ours.
func (p *pages) misdirected(host HostName, r *http.Request) bool {
	if _, brought := r.Context().Value(shownKey{}).([]*x509.Certificate); brought {
		return host != Card && host != API && !(host == Desk && p.Certified)
	}
	if p.Hosts[Card] != "" && (host == Card) != (r.TLS != nil && p.serves(Card, r.TLS.ServerName)) {
		return true
	}
	if p.Certified && r.TLS != nil && (host == Desk) != p.serves(Desk, r.TLS.ServerName) {
		return true
	}
	return p.Hosts[API] != "" && r.TLS != nil && (host == API) != p.serves(API, r.TLS.ServerName)
}

// serves reports whether a name in a handshake is a host's.
func (p *pages) serves(host HostName, name string) bool {
	ours := p.Hosts[host]
	if bare, _, err := net.SplitHostPort(ours); err == nil {
		ours = bare
	}
	return strings.EqualFold(name, ours)
}

// showCard takes the certificate of the handshake and sends the browser back to the hub. The connection
// ends with the answer, so that the next login begins with a handshake of its own (R-CARD-10).
func (p *pages) showCard(v *visit) error {
	v.w.Header().Set("Connection", "close")
	leaving(v.w.Header())
	back, err := p.Cards.Receive(v.r.Context(), identity.Means(v.r.PathValue("means")), v.r.PathValue("ticket"), shown(v.r))
	if errors.Is(err, connectors.ErrTicket) {
		return errState
	}
	if err != nil {
		return err
	}
	http.Redirect(v.w, v.r, back, http.StatusSeeOther)
	return nil
}

// cardRoutes are those of the card host, if there is one.
func (p *pages) cardRoutes() []route {
	if p.Hosts[Card] == "" {
		return nil
	}
	get, post, read := []string{http.MethodGet}, []string{http.MethodPost}, []string{http.MethodGet, http.MethodHead}
	return []route{
		{get, "/begin/{means}/{ticket}", Card, p.itself, ours, noBody, page, p.showCard},
		{read, "/static/{name}", Card, p.open, ours, noBody, static, p.static},
		{post, "/csp", Card, p.open, anywhere, formBody, api, p.cspReport},
	}
}
