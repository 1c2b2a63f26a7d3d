package config

import (
	"fmt"
	"net/url"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"time"
)

func (c *checks) databases(all *Config) {
	for _, d := range all.databases() {
		path := "databases." + d.name
		switch {
		case d.DSN == "" && d.DSNFile == "":
			c.refuse(path+".dsn", "must be set: sqlite:FILE or postgres://…, or dsn_file for one with a password")
		case d.DSN != "" && d.DSNFile != "":
			c.refuse(path+".dsn_file", "goes instead of dsn, not beside it")
		case d.Source.IsZero(): // the file could not be read, and that is said already
		case !openable(d.Source.Reveal()):
			c.refuse(path+".dsn", "must be sqlite:FILE or postgres://…")
		case holdsPassword(d.DSN):
			c.refuse(path+".dsn", "holds a password; put it into a file that only this service reads and name it in dsn_file")
		}
		if d.Pool < 1 || d.Pool > 500 {
			c.refuse(path+".pool", "must be between 1 and 500")
		}
	}
	if d := all.Databases; !d.Identity.Source.IsZero() && d.Identity.Source == d.Usage.Source {
		c.refuse("databases.usage.dsn", "must not be the identity database: the two are kept apart")
	}
}

func openable(dsn string) bool {
	file, lite := strings.CutPrefix(dsn, "sqlite:")
	return lite && file != "" || strings.HasPrefix(dsn, "postgres://") || strings.HasPrefix(dsn, "postgresql://")
}

// holdsPassword sees a password in both places that PostgreSQL's clients read. What cannot be
// parsed is taken to hold one.
func holdsPassword(dsn string) bool {
	if strings.HasPrefix(dsn, "sqlite:") {
		return false
	}
	u, err := url.Parse(dsn)
	if err != nil {
		return true
	}
	_, in := u.User.Password()
	return in || u.Query().Has("password")
}

func (c *checks) connectors(list []Connector) {
	seen := map[string]bool{}
	for i, one := range list {
		path := fmt.Sprintf("connectors[%d]", i)
		switch {
		case one.ID == "":
			c.refuse(path+".id", "must be set")
		case !plainName(one.ID):
			c.refuse(path+".id", "may hold lower-case letters, digits and hyphens only: it stands in addresses")
		case seen[one.ID]:
			c.refuse(path+".id", "%q is there twice", one.ID)
		}
		seen[one.ID] = true
		if one.Kind == "" {
			c.refuse(path+".kind", "must be set")
		}
	}
}

func plainName(name string) bool {
	return len(name) <= 40 && strings.Trim(name, "abcdefghijklmnopqrstuvwxyz0123456789-") == "" &&
		!strings.HasPrefix(name, "-") && !strings.HasSuffix(name, "-")
}

// elsewhere checks the address of a service that this one calls.
func (c *checks) elsewhere(section, key, text string, loopback bool, all *Config) {
	if text == "" {
		return
	}
	path := section + "." + key
	u, err := url.Parse(text)
	if err != nil || u.Host == "" || (u.Scheme != "https" && u.Scheme != "http") {
		c.refuse(path, "must be an https address")
		return
	}
	if u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		c.refuse(path, "must hold no user, query or fragment; a token goes into %s.token_file", section)
	}
	here := Loopback(u.Hostname())
	switch {
	case here && !loopback:
		c.refuse(path, "is a loopback address; %s.allow_loopback allows that under a loopback issuer", section)
	case !here && u.Scheme == "http":
		c.refuse(path, "must begin with https://")
	}
	if issuer, err := url.Parse(all.Issuer); err == nil && loopback && !Loopback(issuer.Hostname()) {
		c.refuse(section+".allow_loopback", "is only for a loopback issuer")
	}
}

func (c *checks) timeout(path, service string, d time.Duration) {
	if service != "" && (d < 100*time.Millisecond || d > 10*time.Second) {
		c.refuse(path, "must be between 100ms and 10s: somebody waits for the answer")
	}
}

func (c *checks) poll(path, service string, d time.Duration) {
	if service != "" && (d < 50*time.Millisecond || d > 30*time.Second) {
		c.refuse(path, "must be between 50ms and 30s: a death has its effect within a minute")
	}
}

func (c *checks) assurance(a Assurance) {
	if u, err := url.Parse(a.Base); err != nil || u.Scheme == "" || !(strings.HasSuffix(a.Base, "/") || strings.HasSuffix(a.Base, ":")) {
		c.refuse("assurance.base", "must be an address ending in a slash or colon: the level's name is appended")
	}
	seen := map[string]string{}
	for _, level := range []string{"low", "substantial", "high"} {
		for _, alias := range a.Aliases[level] {
			switch {
			case alias == "" || strings.ContainsAny(alias, " \t\r\n\"\\"):
				c.refuse("assurance.aliases."+level, "an alias may hold no space or quote: acr_values is a list with spaces")
			case seen[alias] != "":
				c.refuse("assurance.aliases."+level, "%q means %s already", alias, seen[alias])
			}
			seen[alias] = level
		}
	}
	for level := range a.Aliases {
		if !slices.Contains([]string{"low", "substantial", "high"}, level) {
			c.refuse("assurance.aliases."+level, "the levels are low, substantial and high")
		}
	}
}

// lifetimes may be set downward only; the longest are those of the specifications this follows.
func (c *checks) lifetimes(l Lifetimes) {
	got, most := reflect.ValueOf(l), reflect.ValueOf(longest())
	for i := range got.NumField() {
		path := "lifetimes." + got.Type().Field(i).Tag.Get("koanf")
		set, longest := got.Field(i).Interface().(time.Duration), most.Field(i).Interface().(time.Duration)
		if set < time.Second {
			c.refuse(path, "must be at least 1s (write the unit: 30s, 10m, 8h)")
		} else if set > longest {
			c.refuse(path, "%s is more than the longest allowed, %s", set, longest)
		}
	}
	for name, pair := range map[string][2]time.Duration{
		"session": {l.SessionIdle, l.SessionAbsolute}, "portal": {l.PortalIdle, l.PortalAbsolute}, "staff": {l.StaffIdle, l.StaffAbsolute},
	} {
		if pair[0] > pair[1] {
			c.refuse("lifetimes."+name+"_idle", "must not be longer than lifetimes.%s_absolute", name)
		}
	}
}

func (c *checks) limits(l Limits) {
	if l.Requests < 10 {
		c.refuse("limits.requests", "must be at least 10: one login takes about that many")
	}
	if l.PartyRequests < 10 {
		c.refuse("limits.party_requests", "must be at least 10")
	}
	if l.RequestsPer < time.Second || l.RequestsPer > 24*time.Hour {
		c.refuse("limits.requests_per", "must be between 1s and 24h")
	}
	if l.SystemRequests < 10 {
		c.refuse("limits.system_requests", "must be at least 10")
	}
	if l.SystemWaiting < 1 || l.SystemWaiting > 1000 {
		c.refuse("limits.system_waiting", "must be between 1 and 1000")
	}
	if l.TokenParallel < 1 || l.TokenParallel > 10_000 {
		c.refuse("limits.token_parallel", "must be between 1 and 10000")
	}
}

// Zone gives the time zone that pages tell the time of.
func (c Config) Zone() *time.Location {
	zone, err := time.LoadLocation(c.TimeZone)
	if err != nil {
		return time.UTC // not reached: the settings were checked
	}
	return zone
}

// telephone is a number as people write it.
var telephone = regexp.MustCompile(`^\+?[0-9](?:[ -]?[0-9]){2,19}$`)

func (c *checks) words(all *Config) {
	for i, l := range all.Languages {
		if l == "" || slices.Contains(all.Languages[:i], l) {
			c.refuse(fmt.Sprintf("languages[%d]", i), "is empty or there twice")
		}
	}
	if _, err := time.LoadLocation(all.TimeZone); err != nil || all.TimeZone == "" || all.TimeZone == "Local" {
		c.refuse("time_zone", "must be the name of a time zone, such as Europe/Warsaw")
	}
	if all.HelpLine != "" && !telephone.MatchString(all.HelpLine) {
		c.refuse("help_line", "must be a telephone number, such as +48 22 555 01 23")
	}
	if all.Brand.Name["en"] == "" {
		c.refuse("brand.name.en", "must be set")
	}
	if !slices.Contains([]string{"debug", "info", "warn", "error"}, all.Log.Level) {
		c.refuse("log.level", "must be debug, info, warn or error")
	}
	if !slices.Contains([]string{"json", "text"}, all.Log.Format) {
		c.refuse("log.format", "must be json or text")
	}
}

// country holds the form of ISO 3166-1 alpha-2; that there is such a country, nobody checks.
func (c *checks) country(path, code string) {
	if code != "" && (len(code) != 2 || strings.Trim(code, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != "") {
		c.refuse(path, "must be two capital letters (ISO 3166-1), such as PL")
	}
}

// card checks how browsers reach the card host: on the public listener, with a certificate of its own, or
// through a proxy that proves itself.
func (c *checks) card(all *Config) {
	l := all.Listen
	socket, plain := strings.CutPrefix(l.Card, "unix:")
	if (l.CardCertFile == "") != (l.CardKeyFile == "") {
		c.refuse("listen.card_cert_file", "certificate and key go together")
	}
	if all.Hosts.Card == "" && (all.Hosts.API == "" || l.Card == "") {
		if l.Card != "" || l.CardCertFile != "" || l.CardProxyCAFile != "" {
			c.refuse("hosts.card", "must be set: listen says how the card host is reached")
		}
		return
	}
	if !strings.HasPrefix(all.Issuer, "https:") {
		c.refuse("hosts.card", "needs an issuer with https: certificates are shown in TLS")
	}
	switch {
	case l.Card == "" && (l.CertFile == "" || l.CardCertFile == ""):
		c.refuse("listen.card_cert_file", "must be set beside listen.cert_file; where TLS ends at a proxy, listen.card instead")
	case l.Card == "":
	case plain && socket == "":
		c.refuse("listen.card", "must be unix:PATH, or host:port")
	case plain && l.CardProxyCAFile != "":
		c.refuse("listen.card_proxy_ca_file", "is for host:port; who may write to a socket is the proxy")
	case !plain:
		c.address("listen.card", l.Card)
		if l.CardCertFile == "" || l.CardProxyCAFile == "" {
			c.refuse("listen.card_proxy_ca_file", "must be set, with card_cert_file and card_key_file: the proxy has to prove itself")
		}
	}
}
