package citizen

import (
	"slices"
	"strings"

	"symbolon/connectors/assurance"
	"symbolon/connectors/identity"
	"symbolon/provider/login"
	"symbolon/web/locale"
)

// Level is what a page says about how surely it is known who somebody is: what is missing, why, and
// what would help. Who learns of it and how long it counts are the same on every page.
type Level struct {
	Need   string   // name of the level that is needed
	Have   string   // name of the level that was proved; "" if nothing was
	Enough bool     // what was proved is what is needed, or more
	Why    []string // codes of what keeps it from being more
	Next   []string // codes of what would reach more
}

// LevelOf explains the level of a login, as of now.
func LevelOf(l *login.Login, w *locale.Words) Level {
	have, need := l.Level(), l.Needs()
	level := Level{Need: levelKey(need), Have: levelKey(have), Enough: have.Satisfies(need)}
	if l.Proof == nil {
		level.Why = []string{assurance.NoEvidence}
		return level
	}
	most := need // what keeps it from more than is needed is nobody's question
	if level.Enough {
		most = identity.High
	}
	level.Why = codesOf(l.Decision.Reasons, most, w)
	if l.Decision.WithSecond > l.Decision.Level { // nothing to clear up in an office
		for i, code := range level.Why {
			if code == string(assurance.Findings) {
				level.Why[i] = string(login.UnknownDevice)
			}
		}
	}
	level.Next = codesOf(l.Decision.NextReasons, identity.High+1, w)
	if slices.Contains(level.Next, assurance.StrongerMeans) || slices.Contains(level.Next, assurance.OtherMeans) { // by the same means once more nobody gets there
		level.Next = slices.DeleteFunc(level.Next, func(code string) bool { return code == assurance.LogInAgain })
	}
	return level
}

// AtItsEnd reports whether what was proved can reach no more by its kind, or by what an office vouches for: at another time
// as little.
func (l Level) AtItsEnd() bool {
	return l.ByKind() || slices.Contains(l.Why, string(assurance.Enrolment))
}

// ByKind reports whether what was proved can reach no more by its kind: codes on paper, or a phone.
func (l Level) ByKind() bool {
	return slices.ContainsFunc(l.Why, func(code string) bool { return strings.HasPrefix(code, string(assurance.KindCeiling)) })
}

// codesOf gives the codes of reasons that allow less than the level, each once.
func codesOf(reasons []assurance.Reason, most identity.Level, w *locale.Words) []string {
	var codes []string
	for _, r := range reasons {
		code := r.Code
		if lowest := code + ".low"; r.Allows == identity.Low && w.Has("reason."+lowest) {
			code = lowest
		}
		if r.Allows < most && w.Has("reason."+code) && !slices.Contains(codes, code) {
			codes = append(codes, code)
		}
	}
	return codes
}
