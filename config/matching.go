package config

import (
	"maps"
	"slices"
)

// How long the eIDAS identifiers of a country last.
const (
	eidasLasting   = "lasting"
	eidasChanging  = "changing"
	eidasTransient = "transient"
)

func (c *checks) matching(m Matching) {
	c.country("matching.country", m.Country)
	if m.MinimumAge < 0 || m.MinimumAge > 18 {
		c.refuse("matching.minimum_age", "must be between 0 and 18")
	}
	for _, country := range slices.Sorted(maps.Keys(m.EIDAS)) {
		path := "matching.eidas." + country
		if country != "default" {
			c.country(path, country)
		}
		if !slices.Contains([]string{eidasLasting, eidasChanging, eidasTransient}, m.EIDAS[country]) {
			c.refuse(path, "must be lasting, changing or transient")
		}
	}
}

// Local gives the country of local numbers: the one that is set, else that of the registers. XX is
// for nobody's (ISO 3166-1 §8.1.3 leaves it to users).
func (c Config) Local() string {
	for _, country := range []string{c.Matching.Country, c.Registers.Country} {
		if country != "" {
			return country
		}
	}
	return "XX"
}
