package hubtest

import (
	"net/url"

	"symbolon/cmd/demo/sim"
	"symbolon/provider/store"
)

type table = map[string]any

// settings are those of the demo, as short as they can be.
func (w *World) settings(s setup, parties string) table {
	identity, usage := w.source(s, w.Identity.Source, &w.IdentityTCP), w.source(s, w.Usage.Source, &w.UsageTCP)
	at := w.Country.Addresses
	means := []any{w.profile(), w.bank()}
	if s.saml {
		means = append(means, w.samlConnectors()...)
	}
	return table{
		"issuer": w.Issuer, "production": false, "demo": true,
		"hosts":  table{"portal": "portal.localhost", "desk": "desk.localhost", "api": "api.localhost"},
		"listen": table{"public": "127.0.0.1:0", "admin": "127.0.0.1:0", "drain": "0s", "trusted_proxies": []string{}},
		"databases": table{
			"identity": table{"dsn": identity, "pool": s.pool},
			"usage":    table{"dsn": usage, "pool": s.pool},
		},
		"keys":       table{"dir": w.folder("keys")},
		"connectors": means,
		"registers":  table{"url": at.Registers, "token_file": w.Country.RegisterToken, "allow_loopback": true, "languages": []string{"pl", "ar"}},
		"sources":    w.sources(),
		"messages":   table{"gateway": at.Inbox + "/messages", "token_file": w.Country.InboxToken, "allow_loopback": true},
		"assurance": table{
			"base":    "http://eidas.europa.eu/LoA/",
			"aliases": table{"low": []string{"low"}, "substantial": []string{"substantial"}, "high": []string{"high"}},
		},
		"limits":       table{"requests": 1_000_000, "party_requests": 1_000_000},
		"log":          table{"level": "debug", "format": "json"},
		"parties_file": parties,
	}
}

// source puts a proxy before a PostgreSQL database if that was asked for.
func (w *World) source(s setup, source string, through **Proxy) string {
	if !s.faulty || s.dialect != store.PostgreSQL {
		return source
	}
	u, err := url.Parse(source)
	if err != nil {
		w.t.Fatal(err)
	}
	*through = NewProxy(w.t, u.Host)
	u.Host = (*through).Addr
	return u.String()
}

func (w *World) profile() table {
	settings := w.upstream(w.Country.Addresses.Profile, "profile")
	settings["names"] = table{"en": "Trusted profile", "pl": "Profil zaufany", "hu": "Megbízható profil", "fr": "Profil de confiance", "ar": "الملف الموثوق"}
	settings["hints"] = table{
		"en": "you log in with your government account", "pl": "logujesz się swoim kontem w administracji", "hu": "kormányzati fiókjával jelentkezik be", "fr": "vous vous connectez avec votre compte public", "ar": "تدخل بحسابك الحكومي",
	}
	settings["resistant_amr"] = []string{"hwk"}
	return table{"id": sim.MeansProfile, "kind": "oidc", "settings": settings}
}

func (w *World) bank() table {
	settings := w.upstream(w.Country.Addresses.Banks, "bank")
	settings["names"] = table{"en": "Bank", "pl": "Bank", "hu": "Bank", "fr": "Banque", "ar": "المصرف"}
	settings["hints"] = table{"en": "you log in at your bank", "pl": "logujesz się w swoim banku", "hu": "a bankjánál jelentkezik be", "fr": "vous vous connectez auprès de votre banque", "ar": "تدخل عبر مصرفك"}
	settings["choice_parameter"], settings["choice_claim"] = "bank", "bank"
	settings["choices"] = []any{
		table{"id": "bank-one", "names": table{"en": "Bank One", "pl": "Bank Pierwszy", "hu": "Első Bank", "fr": "Première Banque", "ar": "المصرف الأول"}, "ceiling": "substantial"},
		table{"id": "bank-two", "names": table{"en": "Bank Two", "pl": "Bank Drugi", "hu": "Második Bank", "fr": "Deuxième Banque", "ar": "المصرف الثاني"}, "ceiling": "substantial"},
	}
	return table{"id": sim.MeansBank, "kind": "oidc", "settings": settings}
}

func (w *World) upstream(issuer, icon string) table {
	levels := table{}
	for _, level := range []string{"low", "substantial", "high"} {
		levels["http://eidas.europa.eu/LoA/"+level] = level
	}
	attributes := table{}
	for _, claim := range []string{"given_name", "family_name", "birthdate", "gender", "email", "email_verified", "phone_number", "phone_number_verified"} {
		attributes[claim] = claim
	}
	return table{
		"icon": icon, "simulated": true, "allow_loopback": true, "issuer": issuer, "client_id": sim.ClientID,
		"client_auth": table{"method": "private_key_jwt", "key_file": w.Country.HubKey},
		"scopes":      []string{"profile", "email", "phone", "nid"}, "userinfo": true, "ceiling": "substantial", "acr_map": levels, "attribute_map": attributes,
		"authoritative_for": []string{"PNOPL"}, "identifier_claim": "national_identifier",
	}
}

// sources are the further sources of the country: the student card's attributes need different levels.
func (w *World) sources() []any {
	words := func(text string) table {
		return table{"en": text, "pl": text + " (pl)", "fr": text + " (fr)", "ar": text + " (ar)"}
	}
	at := w.Country.Addresses
	return []any{
		table{
			"id": "student_card", "names": words("Student card office"), "url": at.Students, "token_file": w.Country.StudentToken, "allow_loopback": true, "languages": []string{"en", "ar"},
			"attributes": []any{
				table{"name": "student", "type": "boolean", "texts": words("You study")},
				table{"name": "number", "level": "substantial", "texts": words("Student card number")},
				table{"name": "school", "texts": words("School")},
			},
		},
		table{
			"id": "family_card", "names": words("Large-family card"), "url": at.Families, "token_file": w.Country.FamilyToken, "allow_loopback": true, "keep": "5m",
			"attributes": []any{
				table{"name": "children", "type": "number", "texts": words("Number of children")},
				table{"name": "discounts", "type": "array", "texts": words("Discounts")},
			},
		},
	}
}
