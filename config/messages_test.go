package config

import "testing"

// A gateway that is named for a channel is shown its own token, never the common one: that belongs to another.
func TestGatewaysAreEachShownTheirOwn(t *testing.T) {
	common, mail := Gateway{URL: "https://all.example", Token: Hide("common")}, Gateway{URL: "https://mail.example"}
	for _, c := range []struct {
		name       string
		m          Messages
		email, sms string // address and token
	}{
		{"none", Messages{}, "", ""},
		{"one for all", Messages{Gateway: common}, "https://all.example common", "https://all.example common"},
		{"mail has its own", Messages{Gateway: common, Email: mail}, "https://mail.example ", "https://all.example common"},
		{"only mail", Messages{Email: mail}, "https://mail.example ", ""},
		{"each its own", Messages{Email: mail, SMS: common}, "https://mail.example ", "https://all.example common"},
	} {
		all := c.m.Gateways()
		for contact, want := range map[string]string{"email": c.email, "phone_number": c.sms} {
			got := ""
			if g, ok := all[contact]; ok {
				got = g.URL + " " + g.Token.Reveal()
			}
			if got != want {
				t.Errorf("%s: %s goes to %q, want %q", c.name, contact, got, want)
			}
		}
	}
}
