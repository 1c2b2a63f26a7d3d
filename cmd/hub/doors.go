package hub

import (
	"net"
	"net/url"
	"slices"

	"symbolon/connectors"
	"symbolon/connectors/identity"
	"symbolon/consent"
	"symbolon/provider/login"
	"symbolon/web"
)

// hosts gives our own hosts as browsers write them: all at the issuer's port.
func (h *Hub) hosts() map[web.HostName]string {
	port := ""
	if issuer, err := url.Parse(h.config.Issuer); err == nil { // it was checked
		port = issuer.Port()
	}
	hosts := map[web.HostName]string{}
	for name, host := range h.config.Hosts.Table() {
		switch {
		case host == "" || name == string(web.Hub):
		case port == "":
			hosts[web.HostName(name)] = host
		default:
			hosts[web.HostName(name)] = net.JoinHostPort(host, port)
		}
	}
	return hosts
}

// doors makes a relying party of each of our own hosts that people log in at. Their ids cannot be
// registered: a registration has no colon in it.
func (h *Hub) doors(all []connectors.Connector) map[string]login.Door {
	l := h.config.Lifetimes
	doors := map[string]login.Door{}
	for name, settings := range h.config.Doors.Table() {
		host := h.config.Hosts.Table()[name]
		if host == "" {
			continue
		}
		door := login.Door{Idle: l.StaffIdle, Absolute: l.StaffAbsolute}
		sector := "own:staff" // a clerk is one and the same at desk and officer
		if web.HostName(name) == web.Portal {
			door.Idle, door.Absolute, sector = l.PortalIdle, l.PortalAbsolute, "own:portal"
		}
		floor, _ := identity.ParseLevel(settings.Floor) // the settings were checked
		names := map[string]string{}
		for _, code := range h.words.Codes() {
			names[code] = h.words.Words(code).Text("door." + name)
		}
		if names["en"] == "" {
			names["en"] = h.config.Brand.Name["en"]
		}
		door.Party = consent.RelyingParty{
			ID: consent.PartyID("own:" + name), Names: names, Domain: host, Sector: sector, Floor: floor,
			Means: permitted(all, settings.Means), Own: true, NoSession: web.HostName(name) != web.Portal, Resistant: web.HostName(name) != web.Portal,
		}
		if door.Party.Resistant && !resistant(all, door.Party.Means) {
			h.log.Warn("nobody can log in there: no means lets in that no false page could ask for", "door", name)
		}
		doors[name] = door
	}
	return doors
}

// resistant reports whether one of the permitted means can be of the kind that staff need.
func resistant(all []connectors.Connector, uses []consent.PermittedMeans) bool {
	return slices.ContainsFunc(all, func(c connectors.Connector) bool {
		d := c.Describe()
		return d.Resistant && slices.ContainsFunc(uses, func(u consent.PermittedMeans) bool { return u.Means == d.ID })
	})
}

// permitted gives the means that let in, each up to what it can reach.
func permitted(all []connectors.Connector, named []string) []consent.PermittedMeans {
	var means []consent.PermittedMeans
	for _, c := range all {
		d := c.Describe()
		wanted := len(named) == 0
		for _, id := range named {
			wanted = wanted || identity.Means(id) == d.ID
		}
		if wanted {
			means = append(means, consent.PermittedMeans{Means: d.ID, UpTo: d.Ceiling})
		}
	}
	return means
}
