package message

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
)

// The QR code's name inside the mail; the layout refers to it as cid:qr.
const (
	qrContentID = "qr"
	qrFilename  = "qr.png"
	pngType     = "image/png"
)

// RenderMail writes the mail in the language (a region is ignored). The same
// template set, language and data always give the same mail and hash.
//
// Errors: a *MissingError that names every missing field; [ErrLanguage]; or
// [ErrTemplate]. None holds a value of the data.
func RenderMail(t Template, language string, d Data) (Mail, error) {
	if !Supported(language) {
		return Mail{}, fmt.Errorf("%w: %q", ErrLanguage, language)
	}
	d = clean(d)
	if err := validate(t, d); err != nil {
		return Mail{}, err
	}
	language = baseLanguage(language)
	s, err := newSpeaker(language, newFacts(language, d))
	if err != nil {
		return Mail{}, err
	}
	l, err := newLetter(t, s, d)
	if err != nil {
		return Mail{}, err
	}
	return layOut(t, l, d)
}

// layOut puts the letter into both layouts.
func layOut(t Template, l letter, d Data) (Mail, error) {
	c, err := loaded()
	if err != nil {
		return Mail{}, err
	}
	var html, text bytes.Buffer
	if err := c.html.ExecuteTemplate(&html, "layout.html.tmpl", l); err != nil {
		return Mail{}, fmt.Errorf("lay out %q as HTML: %w", t, err)
	}
	if err := c.text.ExecuteTemplate(&text, "layout.txt.tmpl", l); err != nil {
		return Mail{}, fmt.Errorf("lay out %q as text: %w", t, err)
	}
	m := Mail{
		Subject: l.Subject, HTML: html.String(), Text: text.String(),
		Template: t, Version: Version, Language: l.Language,
	}
	if l.QR != nil {
		m.Inline = []InlineImage{{
			ContentID: qrContentID, ContentType: pngType, Filename: qrFilename, Data: d.QRPNG,
		}}
	}
	m.SHA256 = digest(m.Subject, m.Text, m.HTML)
	return m, nil
}

// digest is the SHA-256 of the parts, each ended by a line feed, in hex.
func digest(parts ...string) string {
	h := sha256.New()
	for _, p := range parts {
		h.Write([]byte(p))
		h.Write([]byte{'\n'})
	}
	return hex.EncodeToString(h.Sum(nil))
}
