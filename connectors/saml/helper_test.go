package saml

import (
	"crypto"
	"strings"
)

func publicOf(pairs ...pair) []crypto.PublicKey {
	var all []crypto.PublicKey
	for _, p := range pairs {
		all = append(all, p.key.Public())
	}
	return all
}

func join(words []string) string { return strings.Join(words, " ") }
