package config

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/go-viper/mapstructure/v2"
	"github.com/knadh/koanf/parsers/yaml"
	"github.com/knadh/koanf/providers/env/v2"
	"github.com/knadh/koanf/providers/file"
	"github.com/knadh/koanf/v2"
)

// Prefix begins the name of every environment variable that is a setting. Two underscores
// stand for a step down: SYMBOLON_LISTEN__PUBLIC is listen.public.
const Prefix = "SYMBOLON_"

// Problem is one thing that is wrong with the settings, at a path such as listen.public.
type Problem struct{ Path, Text string }

// Error gives the path and what is wrong there.
func (p Problem) Error() string {
	if p.Path == "" {
		return p.Text
	}
	return p.Path + ": " + p.Text
}

// Load reads the file (none if path is ""), lays the environment over it, reads the secret
// files, and checks everything. The error joins every Problem there is.
func Load(path string, environ []string) (Config, error) {
	k := koanf.New(".")
	if path != "" {
		if err := k.Load(file.Provider(path), yaml.Parser()); err != nil {
			return Config{}, Problem{"", fmt.Sprintf("settings file: %v", plainly(err))}
		}
	}
	if err := k.Load(fromEnvironment(environ), nil); err != nil {
		return Config{}, Problem{"", fmt.Sprintf("environment: %v", err)}
	}
	c := Default()
	found := decode(k, &c)
	found = append(found, c.readSecrets()...)
	found = append(found, c.check()...)
	return c, join(found)
}

// plainly keeps a parser's own words about a place in the file and drops the path, which the
// caller knows.
func plainly(err error) error {
	var path *os.PathError
	if errors.As(err, &path) {
		return errors.New(reason(err))
	}
	return err
}

func join(found []Problem) error {
	errs := make([]error, len(found))
	for i, p := range found {
		errs[i] = p
	}
	return errors.Join(errs...)
}

func fromEnvironment(environ []string) koanf.Provider {
	return env.Provider(".", env.Opt{
		Prefix:      Prefix,
		EnvironFunc: func() []string { return environ },
		TransformFunc: func(key, value string) (string, any) {
			key = strings.ToLower(strings.TrimPrefix(key, Prefix))
			return strings.ReplaceAll(key, "__", "."), scalar(value)
		},
	})
}

// scalar reads a variable's value as YAML would: true, 5, [a, b]. What YAML takes for a table
// or cannot read stays the string that it is.
func scalar(value string) any {
	if strings.ContainsAny(value, "\r\n") {
		return value
	}
	parsed, err := yaml.Parser().Unmarshal([]byte("value: " + value))
	if err != nil {
		return value
	}
	switch v := parsed["value"].(type) {
	case nil, map[string]any:
		return value
	default:
		return v
	}
}

// decode fills the settings, and says which keys nobody knows and which values do not fit.
func decode(k *koanf.Koanf, c *Config) []Problem {
	return misfits(k.UnmarshalWithConf("", c, koanf.UnmarshalConf{DecoderConfig: &mapstructure.DecoderConfig{
		TagName:     "koanf",
		MatchName:   func(key, field string) bool { return key == field },
		DecodeHook:  mapstructure.StringToTimeDurationHookFunc(),
		ErrorUnused: true,
	}}))
}

// misfits takes the decoder's joined errors apart.
func misfits(err error) []Problem {
	switch e := err.(type) { //nolint:errorlint // this very error is to be taken apart, branch by branch
	case nil:
		return nil
	case *mapstructure.DecodeError:
		return misfit(e.Name(), e.Unwrap())
	case interface{ Unwrap() []error }:
		var found []Problem
		for _, one := range e.Unwrap() {
			found = append(found, misfits(one)...)
		}
		return found
	case interface{ Unwrap() error }:
		return misfits(e.Unwrap())
	}
	return []Problem{{"", err.Error()}}
}

func misfit(path string, why error) []Problem {
	if path == fmt.Sprintf("%T", Config{}) { // what the decoder calls the whole file
		path = ""
	}
	keys, unknown := strings.CutPrefix(why.Error(), "has invalid keys: ")
	if !unknown {
		return []Problem{{path, "this value does not fit: " + why.Error()}}
	}
	var found []Problem
	for key := range strings.SplitSeq(keys, ", ") {
		found = append(found, Problem{strings.TrimPrefix(path+"."+key, "."), "there is no such setting"})
	}
	return found
}

// readSecrets reads every file that a setting ending in _file names.
func (c *Config) readSecrets() []Problem {
	var found []Problem
	read := func(path, name string, into *Secret) {
		if name == "" {
			return
		}
		secret, err := ReadSecret(name)
		if err != nil {
			found = append(found, Problem{path, err.Error()})
		}
		*into = secret
	}
	for _, d := range c.databases() {
		d.Source = Hide(d.DSN)
		read("databases."+d.name+".dsn_file", d.DSNFile, &d.Source)
	}
	read("registers.token_file", c.Registers.TokenFile, &c.Registers.Token)
	read("registers.push_token_file", c.Registers.PushTokenFile, &c.Registers.PushToken)
	for i := range c.Sources {
		read(fmt.Sprintf("sources[%d].token_file", i), c.Sources[i].TokenFile, &c.Sources[i].Token)
	}
	read("messages.token_file", c.Messages.TokenFile, &c.Messages.Token)
	read("messages.email.token_file", c.Messages.Email.TokenFile, &c.Messages.Email.Token)
	read("messages.sms.token_file", c.Messages.SMS.TokenFile, &c.Messages.SMS.Token)
	for path, name := range map[string]string{"listen.key_file": c.Listen.KeyFile, "listen.api_key_file": c.Listen.APIKeyFile} {
		if name == "" {
			continue
		}
		if err := CheckPrivate(name); err != nil {
			found = append(found, Problem{path, err.Error()})
		}
	}
	return found
}

type named struct {
	name string
	*Database
}

func (c *Config) databases() []named {
	return []named{{"identity", &c.Databases.Identity}, {"usage", &c.Databases.Usage}}
}
