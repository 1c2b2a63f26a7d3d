package pki

import "fmt"

// Sources are whose cards a means takes, and how their issuers are reached: the settings that every kind of means
// by card has.
type Sources struct {
	Issuers       []Profile `koanf:"issuers"`
	AllowLoopback bool      `koanf:"allow_loopback"`
	CAFile        string    `koanf:"ca_file"` // further certificate authorities of responders' https; "" = the system's
}

// Check says what is wrong, by the setting's key.
func (s Sources) Check(refuse func(key, format string, args ...any)) {
	if len(s.Issuers) == 0 {
		refuse("issuers", "must list whose cards are taken")
	}
	for i, p := range s.Issuers {
		if err := p.Check(); err != nil {
			refuse(fmt.Sprintf("issuers[%d]", i), "%s", err)
		}
	}
}
