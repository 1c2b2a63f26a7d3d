package config

import (
	"cmp"
	"time"
)

// Messages says which gateways carry messages to people: one for all, or one for mail and one for text messages,
// each with what it is shown. What no gateway is named for is not sent.
type Messages struct {
	Gateway       `koanf:",squash"` // of what has none of its own
	Email         Gateway           `koanf:"email"`
	SMS           Gateway           `koanf:"sms"`
	Timeout       time.Duration     `koanf:"timeout"`
	AllowLoopback bool              `koanf:"allow_loopback"`
}

// Gateway is one gateway for messages; no URL = there is none.
type Gateway struct {
	URL       string `koanf:"gateway"`
	TokenFile string `koanf:"token_file"`
	CAFile    string `koanf:"ca_file"`
	Token     Secret `koanf:"-"`
}

// Gateways gives the gateway of each kind of contact that has one. One that is named for a channel is shown what
// is named with it, never what belongs to the other.
func (m Messages) Gateways() map[string]Gateway {
	all := map[string]Gateway{}
	for contact, own := range map[string]Gateway{"email": m.Email, "phone_number": m.SMS} {
		if own.URL == "" {
			own = m.Gateway
		}
		if own.URL != "" {
			all[contact] = own
		}
	}
	return all
}

func (c *checks) gateways(all *Config) {
	m := all.Messages
	for _, g := range []struct {
		section string
		Gateway
	}{{"messages", m.Gateway}, {"messages.email", m.Email}, {"messages.sms", m.SMS}} {
		c.elsewhere(g.section, "gateway", g.URL, m.AllowLoopback, all)
		if g.URL == "" && cmp.Or(g.TokenFile, g.CAFile) != "" {
			c.refuse(g.section+".gateway", "must be named where token_file or ca_file is: they belong to it")
		}
	}
	c.timeout("messages.timeout", cmp.Or(m.URL, m.Email.URL, m.SMS.URL), m.Timeout)
}
