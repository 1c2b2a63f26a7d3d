package hub

import (
	"fmt"
	"slices"
	"time"

	"symbolon/config"
	"symbolon/connectors/identity"
	"symbolon/connectors/register"
	"symbolon/provider/login"
)

// registers gives the client of the registers; nil, of the interface's type, if there are none.
// Where there are, their feed is followed, and they are asked how documents stand.
func (h *Hub) registers() (login.Registers, error) {
	h.statuses = register.NewStatuses(nil, h.log, h.now)
	if h.config.Registers.URL == "" {
		return nil, nil
	}
	registers, err := registersOf(h.config, h.now)
	if err != nil {
		return nil, err
	}
	h.feed, h.statuses = registers, register.NewStatuses(registers, h.log, h.now)
	h.hearing = &Hearing{Register: registers, Events: h.identity, Log: h.log, Forget: h.statuses.Forget, Digests: h.keys.digest}
	return registers, nil
}

// unknownStatus is how far a document counts of which no register says how it stands.
func unknownStatus(c config.Config) identity.Level {
	level, _ := identity.ParseLevel(c.Registers.UnknownStatus) // the settings were checked
	return level
}

// registersOf makes the client of the registers in the settings.
func registersOf(c config.Config, now func() time.Time) (*register.Client, error) {
	r := c.Registers
	client, err := caller(r.URL, r.CAFile, r.Timeout, r.AllowLoopback, r.Token, now)
	if err != nil {
		return nil, fmt.Errorf("registers: %w", err)
	}
	languages, err := register.ParseLanguages(r.Languages)
	if err != nil {
		return nil, fmt.Errorf("registers: %w", err)
	}
	return register.New(register.Options{ID: r.ID, BaseURL: r.URL, HTTP: client, Now: now, Languages: languages}), nil
}

// spoken lists the languages in which registers and further sources tell names and the like.
func spoken(c config.Config) []string {
	tags, _ := register.ParseLanguages(c.Registers.Languages) // what is wrong with them, their clients say
	for _, s := range c.Sources {
		more, _ := register.ParseLanguages(s.Languages)
		tags = append(tags, more...)
	}
	slices.Sort(tags)
	return slices.Compact(tags)
}
