package identity

import "fmt"

// Level is an eIDAS assurance level. The zero value satisfies nothing.
type Level uint8

// The levels of (EU) 2015/1502, in order.
const (
	None Level = iota
	Low
	Substantial
	High
)

// Levels lists the levels that somebody can reach, weakest first.
func Levels() []Level { return []Level{Low, Substantial, High} }

// String gives the level's lower-case name, as in configuration files.
func (l Level) String() string {
	switch l {
	case Low:
		return "low"
	case Substantial:
		return "substantial"
	case High:
		return "high"
	default:
		return "none"
	}
}

// ParseLevel reads a level's name; anything unknown is an error and None.
func ParseLevel(name string) (Level, error) {
	for _, l := range append(Levels(), None) {
		if l.String() == name {
			return l, nil
		}
	}
	return None, fmt.Errorf("unknown assurance level %q", name)
}

// Satisfies reports whether the level is at least least. None satisfies nothing, not even None.
func (l Level) Satisfies(least Level) bool { return l != None && l >= least }

// Least gives the weakest of the levels; of none it is None.
func Least(levels ...Level) Level {
	if len(levels) == 0 {
		return None
	}
	weakest := levels[0]
	for _, l := range levels[1:] {
		weakest = min(weakest, l)
	}
	return weakest
}

// MarshalText writes the level's name.
func (l Level) MarshalText() ([]byte, error) { return []byte(l.String()), nil }

// UnmarshalText reads the level's name.
func (l *Level) UnmarshalText(text []byte) error {
	parsed, err := ParseLevel(string(text))
	*l = parsed
	return err
}
