package web

import "net/http"

// route is one line of the router: everything that a review of who may reach what has to know.
type route struct {
	methods   []string
	pattern   string
	host      HostName
	guard     guard // what must hold before the handler runs
	elsewhere bool  // may be posted to from another site
	body      int64 // most bytes of a body
	kind      kind  // what is answered: decides the headers and how errors look
	handle    handler
}

const (
	anywhere = true // posted to by parties and their pages; nothing here acts on a browser's cookies at the POST
	ours     = false

	noBody     = 0
	formBody   = 16 << 10
	wireBody   = 64 << 10
	postBody   = 400 << 10 // a signed and encrypted answer of a means, in base64 and escaped
	eventsBody = 256 << 10 // of 200 events at most
)

// routes is every route of the public listener. What is not here is answered 404; a method that is
// not here 405; a host that is not here 421.
func (p *pages) routes() []route {
	get, post, both, read := []string{http.MethodGet}, []string{http.MethodPost}, []string{http.MethodGet, http.MethodPost}, []string{http.MethodGet, http.MethodHead}
	all := []route{
		{read, "/.well-known/openid-configuration", Hub, p.open, ours, noBody, metadata, machine(p.Metadata.Discovery)},
		{read, "/.well-known/oauth-authorization-server", Hub, p.open, ours, noBody, metadata, machine(p.Metadata.ServerMetadata)},
		{read, "/jwks", Hub, p.open, ours, noBody, metadata, machine(p.Metadata.JWKS)},
		{post, "/token", Hub, p.itself, anywhere, wireBody, api, machine(p.Tokens.Token)},
		{both, "/userinfo", Hub, p.itself, anywhere, wireBody, api, machine(p.Tokens.Userinfo)},
		{read, "/jwks/history", Hub, p.open, ours, noBody, metadata, machine(p.Metadata.KeyHistory)},
		{post, "/proof", Hub, p.itself, anywhere, wireBody, api, machine(p.Tokens.Proof)},
		{post, "/revoke", Hub, p.itself, anywhere, wireBody, api, machine(p.Tokens.Revoke)},
		{post, "/registers/events", Hub, p.itself, anywhere, eventsBody, api, p.events},

		{both, "/authorize", Hub, p.itself, anywhere, wireBody, page, p.authorize},
		{both, "/logout", Hub, p.itself, anywhere, wireBody, page, p.logout},
		{post, "/logout/confirm", Hub, p.sessionForm, ours, formBody, page, p.confirmLogout},

		{get, "/login/{tx}", Hub, p.ownLogin, ours, noBody, page, p.step},
		{post, "/login/{tx}/means", Hub, p.ownForm("means"), ours, formBody, page, p.means},
		{post, "/login/{tx}/account", Hub, p.ownForm("account"), ours, formBody, page, p.account},
		{post, "/login/{tx}/tie", Hub, p.ownForm("tie"), ours, formBody, page, p.tie},
		{post, "/login/{tx}/represent", Hub, p.ownForm("represent"), ours, formBody, page, p.represent},
		{post, "/login/{tx}/ask", Hub, p.ownForm("ask"), ours, formBody, page, p.ask},
		{post, "/login/{tx}/answer", Hub, p.ownForm("answer"), ours, formBody, page, p.answer},
		{post, "/login/{tx}/cancel", Hub, p.ownForm("cancel"), ours, formBody, page, p.cancel},
		{get, "/login/{tx}/go", Hub, p.ownLogin, ours, noBody, page, p.goUpstream},
		{get, "/login/{tx}/leave", Hub, p.ownLogin, ours, noBody, page, p.leave},
		{post, "/login/{tx}/leg", Hub, p.ownForm("leg"), ours, wireBody, page, p.legForm},
		{get, "/login/{tx}/wait", Hub, p.ownLogin, ours, noBody, page, p.waited},
		{read, "/means/{means}/metadata", Hub, p.open, ours, noBody, api, p.meansMetadata},
		{both, "/means/{means}/logout", Hub, p.itself, anywhere, wireBody, page, p.meansLogout},
		{both, "/callback/{means}", Hub, p.ownState, anywhere, postBody, page, p.callback},
		{get, "/enter/{door}", Hub, p.itself, ours, noBody, page, p.enter},

		{read, "/{$}", Hub, p.open, ours, noBody, page, p.home},
		{read, "/help", Hub, p.open, ours, noBody, page, p.help},
		{read, "/help/card", Hub, p.open, ours, noBody, page, p.helpCard},
		{read, "/static/{name}", Hub, p.open, ours, noBody, static, p.static},
		{post, "/csp", Hub, p.open, anywhere, formBody, api, p.cspReport},
	}
	all = append(all, p.cardRoutes()...)
	all = append(all, p.phoneRoutes()...)
	all = append(all, p.apiRoutes()...)
	own := map[HostName][]route{Portal: p.portalRoutes(), Desk: p.deskRoutes()}
	for _, host := range p.doors() {
		all = append(all,
			route{get, "/begin", host, p.open, ours, noBody, page, p.begin},
			route{get, "/arrive", host, p.itself, ours, noBody, page, p.arrive},
			route{post, "/log-out", host, p.doorForm("log-out"), ours, formBody, page, p.logOut},
			route{get, "/logged-out", host, p.open, ours, noBody, page, p.loggedOutHere},
			route{read, "/static/{name}", host, p.open, ours, noBody, static, p.static},
			route{post, "/csp", host, p.open, anywhere, formBody, api, p.cspReport},
		)
		all = append(all, own[host]...)
	}
	return all
}
