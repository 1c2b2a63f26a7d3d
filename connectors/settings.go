package connectors

import (
	"fmt"
	"time"

	"github.com/go-viper/mapstructure/v2"

	"symbolon/connectors/identity"
)

// Offered is how a means is offered and what it may count for: the settings that every kind has, as the operator
// writes them.
type Offered struct {
	Names     map[string]string `koanf:"names"` // by language; "en" at least
	Hints     map[string]string `koanf:"hints"`
	Icon      string            `koanf:"icon"`
	Disabled  bool              `koanf:"disabled"`
	Simulated bool              `koanf:"simulated"`

	Ceiling          identity.Level `koanf:"ceiling"`
	AuthoritativeFor []string       `koanf:"authoritative_for"` // "PNOPL": which identifiers are believed
}

// Check says what is wrong, by the setting's key.
func (o Offered) Check(id identity.Means, refuse func(key, format string, args ...any)) {
	if id == "" {
		refuse("id", "must be set")
	}
	if o.Names["en"] == "" {
		refuse("names.en", "must be set: people see it")
	}
	if o.Ceiling == identity.None {
		refuse("ceiling", "must be low, substantial or high: the most that this means may reach")
	}
}

// Describe says what people and rules need to know.
func (o Offered) Describe(id identity.Means, kind string) Description {
	return Description{
		ID: id, Kind: kind, Names: o.Names, Hints: o.Hints, Icon: o.Icon, Ceiling: o.Ceiling, Authoritative: o.AuthoritativeFor,
		Simulated: o.Simulated, Disabled: o.Disabled,
	}
}

// Decode reads settings into a struct with koanf tags: a key that it does not have is an error, and so is one
// whose letters differ in case. The error joins everything that is wrong.
func Decode(id identity.Means, raw map[string]any, into any) error {
	decoder, err := mapstructure.NewDecoder(&mapstructure.DecoderConfig{
		Result: into, TagName: "koanf", ErrorUnused: true,
		MatchName: func(key, field string) bool { return key == field },
		DecodeHook: mapstructure.ComposeDecodeHookFunc(mapstructure.StringToTimeDurationHookFunc(),
			mapstructure.StringToTimeHookFunc(time.RFC3339), mapstructure.TextUnmarshallerHookFunc()),
	})
	if err != nil {
		return fmt.Errorf("settings of %s: %w", id, err)
	}
	return decoder.Decode(raw)
}
