// Package identity holds the nouns of who somebody is: levels, persons, identifiers,
// attributes, evidence and a means' whole answer. It knows no protocol, no database and
// no screen, and imports only the standard library.
package identity
