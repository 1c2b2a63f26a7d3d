package config

import (
	"fmt"
	"maps"
	"net"
	"net/netip"
	"net/url"
	"os"
	"slices"
	"strings"
	"time"
)

// checks collects what is wrong, so that an operator sees all of it at once.
type checks struct{ found []Problem }

func (c *checks) refuse(path, text string, args ...any) {
	c.found = append(c.found, Problem{path, fmt.Sprintf(text, args...)})
}

func (c *Config) check() []Problem {
	var on checks
	on.issuer(c)
	on.hosts(c)
	on.doors(c)
	on.listen(c)
	on.databases(c)
	on.keys(c.Keys)
	on.connectors(c.Connectors)
	on.elsewhere("registers", "url", c.Registers.URL, c.Registers.AllowLoopback, c)
	on.sources(c)
	on.systems(c)
	on.gateways(c)
	on.timeout("registers.timeout", c.Registers.URL, c.Registers.Timeout)
	on.country("registers.country", c.Registers.Country)
	on.matching(c.Matching)
	on.poll("registers.poll", c.Registers.URL, c.Registers.Poll)
	if s := c.Registers.UnknownStatus; s != "low" && s != "substantial" {
		on.refuse("registers.unknown_status", "must be low or substantial: high is never given while nobody knows how a document stands")
	}
	on.assurance(c.Assurance)
	on.lifetimes(c.Lifetimes)
	on.limits(c.Limits)
	on.retention(c.Retention, c.Lifetimes)
	on.words(c)
	return on.found
}

// issuer holds RFC 8414 §2 and OpenID Connect Discovery §3, and one rule of ours: no path, so
// that every address of the installation follows from it.
func (c *checks) issuer(all *Config) {
	text := all.Issuer
	if text == "" {
		c.refuse("issuer", "must be set: the https address that everybody knows this installation by")
		return
	}
	u, err := url.Parse(text)
	if err != nil || u.Host == "" {
		c.refuse("issuer", "is not an address")
		return
	}
	loopback := Loopback(u.Hostname())
	switch {
	case u.Scheme != "https" && u.Scheme != "http":
		c.refuse("issuer", "must begin with https://")
	case u.Scheme == "http" && !loopback:
		c.refuse("issuer", "must begin with https://; http is only for a loopback address")
	}
	if strings.HasSuffix(text, "/") {
		c.refuse("issuer", "must not end in a slash")
	} else if u.Path != "" {
		c.refuse("issuer", "must not have a path")
	}
	if u.RawQuery != "" || u.ForceQuery || strings.Contains(text, "#") || u.User != nil {
		c.refuse("issuer", "must be scheme and host only: no query, fragment or user")
	}
	if u.Host != strings.ToLower(u.Host) || strings.Contains(u.Host, "*") {
		c.refuse("issuer", "must name one host, in lower case")
	}
	if loopback && all.Production {
		c.refuse("issuer", "is a loopback address, which only one machine can reach; set production: false for development")
	}
	if all.Demo && all.Production {
		c.refuse("demo", "cannot be together with production: true")
	}
	if all.Demo && !loopback {
		c.refuse("demo", "is only for a loopback issuer: everybody knows its passwords")
	}
}

// Loopback reports whether a host name can only mean this machine (RFC 6761 §6.3).
func Loopback(host string) bool {
	if host == "localhost" || strings.HasSuffix(host, ".localhost") {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.Unmap().IsLoopback()
}

func (c *checks) hosts(all *Config) {
	table := all.Hosts.Table()
	if u, err := url.Parse(all.Issuer); err == nil && all.Hosts.Hub != "" && all.Hosts.Hub != u.Hostname() {
		c.refuse("hosts.hub", "must be the issuer's host; leave it out to have it so")
	}
	seen := map[string]string{}
	for _, name := range slices.Sorted(maps.Keys(table)) {
		host, path := table[name], "hosts."+name
		switch {
		case host == "":
			continue
		case strings.Contains(host, "*"):
			c.refuse(path, "must be one host; there are no wildcards")
		case !plainHost(host):
			c.refuse(path, "must be a host name in lower case, without scheme, port or path")
		case seen[host] != "":
			c.refuse(path, "is the same as hosts.%s; each needs cookies of its own", seen[host])
		}
		seen[host] = name
	}
}

// Table gives the host names by what they are for.
func (h Hosts) Table() map[string]string {
	return map[string]string{"hub": h.Hub, "portal": h.Portal, "desk": h.Desk, "officer": h.Officer, "operator": h.Operator, "card": h.Card, "api": h.API}
}

// Table gives the doors by the host that they are at.
func (d Doors) Table() map[string]Door {
	return map[string]Door{"portal": d.Portal, "desk": d.Desk, "officer": d.Officer, "operator": d.Operator}
}

func (c *checks) doors(all *Config) {
	c.desk(all.Desk)
	known := map[string]bool{}
	for _, connector := range all.Connectors {
		known[connector.ID] = true
	}
	for name, door := range all.Doors.Table() {
		if !slices.Contains([]string{"low", "substantial", "high"}, door.Floor) {
			c.refuse("doors."+name+".floor", "must be low, substantial or high")
		} else if name != "portal" && door.Floor == "low" {
			c.refuse("doors."+name+".floor", "must be substantial or high: staff see what is not theirs")
		}
		for i, means := range door.Means {
			if !known[means] {
				c.refuse(fmt.Sprintf("doors.%s.means[%d]", name, i), "there is no connector with this id")
			}
		}
	}
}

func (c *checks) desk(d Desk) {
	for name, n := range map[string]int{"look_ups": d.LookUps, "enrolments": d.Enrolments, "age": d.Age} {
		if n < 1 || n > 10_000 {
			c.refuse("desk."+name, "must be between 1 and 10000")
		}
	}
	if d.CodeTime < 5*time.Minute || d.CodeTime > time.Hour { // WCAG 2.2.1: nobody is hurried
		c.refuse("desk.code_time", "must be between 5m and 1h")
	}
	if d.HomeTime < time.Hour || d.HomeTime > 7*24*time.Hour { // means.md §4.4
		c.refuse("desk.home_code_time", "must be between 1h and 168h")
	}
	for name, hour := range map[string]int{"opens": d.Opens, "closes": d.Closes} {
		if hour < 0 || hour > 24 {
			c.refuse("desk."+name, "must be an hour, 0 to 24")
		}
	}
	for i, office := range d.PhoneFirst {
		if strings.TrimSpace(office) == "" {
			c.refuse(fmt.Sprintf("desk.phone_first[%d]", i), "must be the id of an office, or * for all")
		}
	}
	if d.Opens > d.Closes {
		c.refuse("desk.opens", "must not be later than desk.closes")
	}
}

func plainHost(host string) bool {
	if _, err := netip.ParseAddr(host); err == nil {
		return true
	}
	for label := range strings.SplitSeq(host, ".") {
		if label == "" || len(label) > 63 || strings.Trim(label, "abcdefghijklmnopqrstuvwxyz0123456789-") != "" {
			return false
		}
	}
	return true
}

func (c *checks) listen(all *Config) {
	l := all.Listen
	c.address("listen.public", l.Public)
	c.address("listen.admin", l.Admin)
	if l.Public != "" && l.Public == l.Admin && !strings.HasSuffix(l.Public, ":0") { // port 0 is any free one
		c.refuse("listen.admin", "must not be the public listener: health and metrics are not for the world")
	}
	if (l.CertFile == "") != (l.KeyFile == "") {
		c.refuse("listen.cert_file", "certificate and key go together")
	}
	for i, network := range l.TrustedProxies {
		if p, err := netip.ParsePrefix(network); err != nil {
			c.refuse(fmt.Sprintf("listen.trusted_proxies[%d]", i), "must be a network such as 10.0.0.0/8")
		} else if p.Bits() == 0 {
			c.refuse(fmt.Sprintf("listen.trusted_proxies[%d]", i), "trusts the whole world")
		}
	}
	if l.Drain < 0 || l.Drain > time.Minute {
		c.refuse("listen.drain", "must be between 0s and 1m")
	}
	c.card(all)
	host, _, err := net.SplitHostPort(l.Public)
	open := err == nil && !Loopback(host)
	if open && l.CertFile == "" && strings.HasPrefix(all.Issuer, "https:") && len(l.TrustedProxies) == 0 {
		c.refuse("listen.cert_file", "must be set, or the proxy that ends TLS named in listen.trusted_proxies")
	}
	if open && all.Demo {
		c.refuse("listen.public", "must be a loopback address in the demo")
	}
}

func (c *checks) address(path, address string) {
	if address == "" {
		c.refuse(path, "must be set, such as 127.0.0.1:8080")
	} else if _, _, err := net.SplitHostPort(address); err != nil {
		c.refuse(path, "must be host:port, such as 127.0.0.1:8080")
	}
}

func (c *checks) retention(r Retention, l Lifetimes) {
	if r.Usage < l.Refresh {
		c.refuse("retention.usage", "must be at least lifetimes.refresh (%s): what services still hold is kept", l.Refresh)
	}
	if r.Identity < r.Usage {
		c.refuse("retention.identity", "must be at least retention.usage (%s)", r.Usage)
	}
	if r.Contacts < 7*day {
		c.refuse("retention.contacts", "must be at least 168h: whoever was cut off from their messages must have time to notice")
	}
	if r.Messages < time.Hour {
		c.refuse("retention.messages", "must be at least 1h: the gateway may be down for a while")
	}
}

// shortestLead is twice as long as parties may keep the published keys.
const shortestLead = 10 * time.Minute

func (c *checks) keys(k Keys) {
	if k.Dir == "" {
		c.refuse("keys.dir", "must be set: the folder that holds this installation's keys")
	} else if info, err := os.Stat(k.Dir); err != nil {
		c.refuse("keys.dir", "there is no such folder; make it with mode 0700, then run `symbolon keys create`")
	} else if !info.IsDir() {
		c.refuse("keys.dir", "is not a folder")
	} else if info.Mode().Perm()&0o077 != 0 {
		c.refuse("keys.dir", "others may look into it (mode %04o); make it 0700", info.Mode().Perm())
	} else if owner := otherOwner(info, os.Geteuid()); owner != "" {
		c.refuse("keys.dir", "belongs to the user %[1]s; run this as that user (runuser -u %[1]s -- symbolon …), or what it makes cannot be read by the hub", owner)
	}
	if k.PublishLead < shortestLead {
		c.refuse("keys.publish_lead", "must be at least %s: parties keep the list of keys for half of that", shortestLead)
	}
	if k.RotateEvery < 2*k.PublishLead {
		c.refuse("keys.rotate_every", "must be at least twice keys.publish_lead (%s)", k.PublishLead)
	}
}
