package saml

import (
	"bytes"
	"compress/flate"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"

	"symbolon/connectors/saml/xmlsec"
)

// samlp and saml make elements of the two namespaces that messages are of.
func samlp(local string, inside ...any) *xmlsec.Node {
	return xmlsec.New("saml2p", nsProtocol, local, inside...)
}

func saml(local string, inside ...any) *xmlsec.Node {
	return xmlsec.New("saml2", nsAssertion, local, inside...)
}

// issuer names us in a message.
func (c *Connector) issuer() *xmlsec.Node {
	n := saml("Issuer", c.settings.EntityID)
	if c.settings.Quirks.IssuerFormat {
		n.Set("Format", "urn:oasis:names:tc:SAML:2.0:nameid-format:entity")
	}
	if q := c.settings.Quirks.IssuerQualifier; q != "" {
		n.Set("NameQualifier", q)
	}
	return n
}

// head gives a message what all have.
func (c *Connector) head(local, id, destination string, now time.Time) *xmlsec.Node {
	n := samlp(local, xmlsec.A("ID", id), xmlsec.A("Version", "2.0"), xmlsec.A("IssueInstant", writeTime(now)))
	if destination != "" {
		n.Set("Destination", destination)
	}
	return n.Add(c.issuer())
}

// writeTime is xs:dateTime in UTC (SAML Core §1.3.3).
func writeTime(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05Z") }

// parseTime reads xs:dateTime with a zone.
func parseTime(s string) (time.Time, error) {
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		return time.Time{}, errors.New("a time cannot be read")
	}
	return t.UTC(), nil
}

var durationForm = regexp.MustCompile(`^P(?:(\d{1,5})D)?(?:T(?:(\d{1,6})H)?(?:(\d{1,6})M)?(?:(\d{1,9})(?:\.\d{1,9})?S)?)?$`)

// parseDuration reads xs:duration without years and months, whose length nobody knows.
func parseDuration(s string) (time.Duration, error) {
	parts := durationForm.FindStringSubmatch(s)
	if parts == nil || s == "P" || strings.HasSuffix(s, "T") {
		return 0, errors.New("a duration cannot be read")
	}
	var total time.Duration
	for i, unit := range []time.Duration{24 * time.Hour, time.Hour, time.Minute, time.Second} {
		n, _ := strconv.ParseInt("0"+parts[i+1], 10, 64) // digits, few of them
		total += time.Duration(n) * unit
	}
	return total, nil
}

// redirected is a message for the browser to carry in an address (SAML Bindings §3.4.4): deflated,
// and signed as it stands in the query.
func redirected(location, parameter string, message *xmlsec.Node, relay string, signer *xmlsec.Signer) (string, error) {
	var packed bytes.Buffer
	w, err := flate.NewWriter(&packed, flate.BestCompression)
	if err != nil {
		return "", fmt.Errorf("pack a message: %w", err)
	}
	if _, err := w.Write(message.Bytes()); err != nil {
		return "", fmt.Errorf("pack a message: %w", err)
	}
	if err := w.Close(); err != nil {
		return "", fmt.Errorf("pack a message: %w", err)
	}
	query := parameter + "=" + url.QueryEscape(base64.StdEncoding.EncodeToString(packed.Bytes()))
	if relay != "" {
		query += "&RelayState=" + url.QueryEscape(relay)
	}
	if signer != nil {
		query += "&SigAlg=" + url.QueryEscape(xmlsec.URI(signer.Algorithm))
		value, err := xmlsec.SignBytes(signer.Key, signer.Algorithm, []byte(query))
		if err != nil {
			return "", fmt.Errorf("sign a message: %w", err)
		}
		query += "&Signature=" + url.QueryEscape(base64.StdEncoding.EncodeToString(value))
	}
	separator := "?"
	if strings.Contains(location, "?") {
		separator = "&"
	}
	return location + separator + query, nil
}

// unpack reads a message of the redirect binding, bounded before and after it grows.
func unpack(text string) ([]byte, error) {
	limit := xmlsec.Message().Bytes
	raw, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return nil, invalid("message_encoding")
	}
	plain, err := io.ReadAll(io.LimitReader(flate.NewReader(bytes.NewReader(raw)), int64(limit)+1))
	if err != nil || len(plain) > limit {
		return nil, invalid("message_encoding")
	}
	return plain, nil
}

// decodePosted reads a message of the POST binding (SAML Bindings §3.5.4).
func decodePosted(text string) ([]byte, error) {
	limit := xmlsec.Message().Bytes
	if len(text) > limit*3/2 {
		return nil, invalid("message_too_large")
	}
	raw, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(text), ""))
	if err != nil || len(raw) == 0 {
		return nil, invalid("message_encoding")
	}
	return raw, nil
}

// sole gives a parameter that is there once.
func sole(values url.Values, name string) (string, bool) {
	all := values[name]
	if len(all) != 1 || all[0] == "" {
		return "", false
	}
	return all[0], true
}
