package config

import (
	"fmt"
	"maps"
	"slices"
	"time"
)

// Source is a further source of attributes: whoever keeps student cards, large-family cards …
type Source struct {
	ID            string            `koanf:"id"` // begins the names of its claims: student_card:number
	Names         map[string]string `koanf:"names"`
	URL           string            `koanf:"url"`
	TokenFile     string            `koanf:"token_file"`
	CAFile        string            `koanf:"ca_file"`
	Languages     []string          `koanf:"languages"` // tags of the languages in which it tells texts, its own first
	Timeout       time.Duration     `koanf:"timeout"`
	Keep          time.Duration     `koanf:"keep"` // how long an answer is used again
	AllowLoopback bool              `koanf:"allow_loopback"`
	Attributes    []SourceAttribute `koanf:"attributes"`
	Token         Secret            `koanf:"-"`
}

// SourceAttribute is one thing that a further source tells, as people and services read of it.
type SourceAttribute struct {
	Name  string            `koanf:"name"`
	Type  string            `koanf:"type"`  // "" = string
	Level string            `koanf:"level"` // a login below this is not told it; "" = low
	Texts map[string]string `koanf:"texts"` // what people read, by language
}

const (
	sourceTimeout = 3 * time.Second
	longestKeep   = 24 * time.Hour
)

// sources checks what can be checked without asking anybody. That names collide with none of ours
// the wiring checks.
func (c *checks) sources(all *Config) {
	seen := map[string]bool{}
	for i := range all.Sources {
		s := &all.Sources[i]
		path := fmt.Sprintf("sources[%d]", i)
		if s.Timeout == 0 {
			s.Timeout = sourceTimeout
		}
		if s.ID == "" || seen[s.ID] {
			c.refuse(path+".id", "must be set, and there once")
		}
		seen[s.ID] = true
		if s.URL == "" {
			c.refuse(path+".url", "must be set")
		}
		c.elsewhere(path, "url", s.URL, s.AllowLoopback, all)
		c.timeout(path+".timeout", s.URL, s.Timeout)
		if s.Keep < 0 || s.Keep > longestKeep {
			c.refuse(path+".keep", "must be between 0s and %s", longestKeep)
		}
		c.everyLanguage(path+".names", s.Names, all.Languages)
		if len(s.Attributes) == 0 {
			c.refuse(path+".attributes", "must name at least one")
		}
		c.attributes(path, s.Attributes, all.Languages)
	}
}

func (c *checks) attributes(source string, list []SourceAttribute, languages []string) {
	seen := map[string]bool{}
	for i, a := range list {
		path := fmt.Sprintf("%s.attributes[%d]", source, i)
		if a.Name == "" || seen[a.Name] {
			c.refuse(path+".name", "must be set, and there once")
		}
		seen[a.Name] = true
		if !slices.Contains([]string{"", "low", "substantial", "high"}, a.Level) {
			c.refuse(path+".level", "must be low, substantial or high")
		}
		c.everyLanguage(path+".texts", a.Texts, languages)
	}
}

// everyLanguage wants a text in English and in every language that the pages are set to speak.
func (c *checks) everyLanguage(path string, texts map[string]string, languages []string) {
	for _, l := range slices.Concat([]string{"en"}, languages) {
		if texts[l] == "" {
			c.refuse(path+"."+l, "must be set")
		}
	}
	for _, l := range slices.Sorted(maps.Keys(texts)) {
		if len(texts[l]) > 200 {
			c.refuse(path+"."+l, "is too long: 200 bytes at most")
		}
	}
}
