package login

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"symbolon/connectors/identity"
	"symbolon/connectors/register"
	"symbolon/consent/claims"
)

// addDocument asks the document register for the person's document when this login asks for a
// document's data. If the register does not answer, the data are simply not known. It asks by the
// number that the population register gave: a means says what it likes, and its word must not
// open somebody else's document.
func (s *Service) addDocument(ctx context.Context, l *Login) error {
	id, ok := registeredNumber(l.Proof.Attributes)
	if _, have := ofRegister(l.Proof.Attributes).Find("document_status"); have || !ok || s.Registers == nil || !l.wantsDocument() {
		return nil
	}
	var documents []register.Document
	var failure error
	err := s.asking(ctx, l, "documents", func() error {
		documents, failure = s.Registers.Documents(ctx, id)
		return failure
	})
	if failure != nil && errors.Is(err, failure) {
		s.Log.WarnContext(ctx, "document register does not answer")
		return nil
	}
	if err != nil {
		return err
	}
	l.Proof.Attributes = append(l.Proof.Attributes, currentDocument(documents, s.Now())...)
	return nil
}

// currentDocument gives what is told of somebody's documents: the data of one that is valid, or else that
// none is, and not why (R-STAT-05). Where a register does not know of one how it stands, nothing is.
func currentDocument(documents []register.Document, now time.Time) identity.Attributes {
	today := now.Format(time.DateOnly)
	none, known := register.Document{AsOf: now}, true
	for _, d := range documents {
		if d.Status == register.Valid && d.Expires.Format(time.DateOnly) >= today {
			return documentAttributes(d)
		}
		known = known && d.Status != register.Unknown
		none.AsOf = d.AsOf
	}
	if !known {
		return nil
	}
	return identity.Attributes{documentFact("document_status", claims.NotValid, none.AsOf)}
}

func ofRegister(attributes identity.Attributes) identity.Attributes {
	return slices.DeleteFunc(slices.Clone(attributes), func(a identity.Attribute) bool { return a.Source.Kind != identity.FromRegister })
}

func ofMeans(attributes identity.Attributes) identity.Attributes {
	return slices.DeleteFunc(slices.Clone(attributes), func(a identity.Attribute) bool { return a.Source.Kind != identity.FromMeans })
}

// withoutDocument takes away what addDocument added. It is for one login: the next one asks anew,
// so that a document reported stolen meanwhile is not told as valid, and who asks for no document
// finds none.
func withoutDocument(attributes identity.Attributes) identity.Attributes {
	return slices.DeleteFunc(slices.Clone(attributes), func(a identity.Attribute) bool {
		return a.Source.Kind == identity.FromRegister && strings.HasPrefix(string(a.Name), "document_")
	})
}

func (l *Login) wantsDocument() bool {
	for _, w := range l.Request.Ask.Attributes {
		if strings.HasPrefix(string(w.Name), "document_") || w.Name == "issuer" || strings.HasPrefix(string(w.Name), "date_of_") {
			return true
		}
	}
	return false
}

func documentAttributes(d register.Document) identity.Attributes {
	fact := func(name identity.AttributeName, text string) identity.Attribute {
		return documentFact(name, text, d.AsOf)
	}
	issuer := fact("document_issuer", d.Issuer)
	issuer.Language, issuer.Forms = d.Languages.Own, d.Languages.Forms
	return identity.Attributes{
		fact("document_type", d.Type), fact("document_number", d.Number.Reveal()), issuer,
		fact("document_date_of_issuance", d.Issued.Format("2006-01-02")), fact("document_date_of_expiry", d.Expires.Format("2006-01-02")),
		fact("document_status", string(d.Status)),
	}
}

func documentFact(name identity.AttributeName, text string, at time.Time) identity.Attribute {
	source := identity.Source{Kind: identity.FromRegister, ID: "documents"}
	return identity.Attribute{Name: name, Value: identity.Text(text), Source: source, VerifiedAt: at}
}
