package idp

import (
	"bytes"
	"compress/flate"
	"crypto"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/url"

	"symbolon/connectors/saml/xmlsec"
)

// Redirect puts a message into an address (SAML Bindings §3.4.4).
func Redirect(location, parameter string, message *xmlsec.Node, relay string, signer xmlsec.Signer, signed bool) (string, error) {
	var packed bytes.Buffer
	w, err := flate.NewWriter(&packed, flate.DefaultCompression)
	if err == nil {
		_, err = w.Write(message.Bytes())
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		return "", fmt.Errorf("pack a message: %w", err)
	}
	query := url.Values{}
	query.Set(parameter, base64.StdEncoding.EncodeToString(packed.Bytes()))
	text := parameter + "=" + url.QueryEscape(query.Get(parameter)) + "&RelayState=" + url.QueryEscape(relay)
	if signed {
		text += "&SigAlg=" + url.QueryEscape(xmlsec.URI(signer.Algorithm))
		value, err := xmlsec.SignBytes(signer.Key, signer.Algorithm, []byte(text))
		if err != nil {
			return "", err
		}
		text += "&Signature=" + url.QueryEscape(base64.StdEncoding.EncodeToString(value))
	}
	return location + "?" + text, nil
}

// ReadRedirect takes a signed message out of a query.
func ReadRedirect(query url.Values, parameter string, keys []crypto.PublicKey) (*xmlsec.Node, error) {
	signature, err := base64.StdEncoding.DecodeString(query.Get("Signature"))
	if err != nil {
		return nil, errors.New("the signature is not base64")
	}
	signed := parameter + "=" + url.QueryEscape(query.Get(parameter))
	if query.Has("RelayState") {
		signed += "&RelayState=" + url.QueryEscape(query.Get("RelayState"))
	}
	signed += "&SigAlg=" + url.QueryEscape(query.Get("SigAlg"))
	if !xmlsec.VerifyBytes(keys, xmlsec.Algorithms(), query.Get("SigAlg"), []byte(signed), signature) {
		return nil, errors.New("the signature does not hold")
	}
	packed, err := base64.StdEncoding.DecodeString(query.Get(parameter))
	if err != nil {
		return nil, errors.New("the message is not base64")
	}
	raw, err := io.ReadAll(io.LimitReader(flate.NewReader(bytes.NewReader(packed)), int64(xmlsec.Message().Bytes)))
	if err != nil {
		return nil, errors.New("the message is not packed")
	}
	return xmlsec.Parse(raw, xmlsec.Message())
}
