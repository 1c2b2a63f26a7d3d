package assurance

import (
	"slices"

	"symbolon/connectors/identity"
)

// EIDAS is the base of the names that state a level notified under (EU) 910/2014.
const EIDAS = "http://eidas.europa.eu/LoA/"

// Names says how levels are called in acr and acr_values. Where Base is not EIDAS, the eIDAS names
// are unknown, unless they are aliases by the operator's own decision: an installation that is not
// notified must not state a notified level.
type Names struct {
	Base    string                    // the level's name is appended; "" is EIDAS
	Aliases map[string]identity.Level // further names that parties use
}

// Canonical gives the name of a level, "" for None.
func (n Names) Canonical(level identity.Level) string {
	if !level.Satisfies(identity.Low) || level > identity.High {
		return ""
	}
	if n.Base == "" {
		return EIDAS + level.String()
	}
	return n.Base + level.String()
}

// Parse gives the level that a name stands for; false if it stands for none.
func (n Names) Parse(acr string) (identity.Level, bool) {
	for _, level := range identity.Levels() {
		if acr == n.Canonical(level) {
			return level, true
		}
	}
	level := n.Aliases[acr]
	return level, n.Canonical(level) != ""
}

// Lowest gives the weakest level that acr_values names: any of them satisfies the party. Unknown
// values are ignored; if all are, known is false.
func (n Names) Lowest(values []string) (level identity.Level, known bool) {
	for _, value := range values {
		if l, ok := n.Parse(value); ok && (!known || l < level) {
			level, known = l, true
		}
	}
	return level, known
}

// Report gives the acr of a level that was reached: the party's own name where one that it asked
// for means exactly this level, else the canonical one; "" for None. What was asked never makes it
// more (attacks LA-04).
func (n Names) Report(level identity.Level, requested []string) string {
	canonical := n.Canonical(level)
	if canonical == "" {
		return ""
	}
	for _, asked := range requested {
		if l, ok := n.Parse(asked); ok && l == level {
			return asked
		}
	}
	return canonical
}

// Supported lists every name, for discovery: the canonical ones, weakest first, then the aliases.
func (n Names) Supported() []string {
	var names, aliases []string
	for _, level := range identity.Levels() {
		names = append(names, n.Canonical(level))
	}
	for alias, level := range n.Aliases {
		if n.Canonical(level) != "" && !slices.Contains(names, alias) {
			aliases = append(aliases, alias)
		}
	}
	slices.Sort(aliases)
	return append(names, aliases...)
}
