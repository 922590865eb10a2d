package reference

import (
	"errors"
	"fmt"

	"rsc.io/qr"
)

// QuietZone is the white margin of a QR code, in modules (ISO/IEC 18004).
const QuietZone = 4

const (
	maxQRVersion    = 13 // EPC069-12
	pixelsPerModule = 4
)

// QRCodePNG draws the payload as a black and white PNG: error correction level M and at
// most version 13 as EPC069-12 wants, 4 pixels per module, which is enough for print, and a
// quiet zone of four modules. The same payload gives the same bytes.
func QRCodePNG(payload string) ([]byte, error) {
	code, err := encodeQR(payload)
	if err != nil {
		return nil, err
	}
	code.Scale = pixelsPerModule
	return code.PNG(), nil
}

// QRModules returns the modules of the same QR code for whoever draws it as
// vectors: rows from the top, true is black, without the quiet zone. Leave
// QuietZone modules of white on each side.
func QRModules(payload string) ([][]bool, error) {
	code, err := encodeQR(payload)
	if err != nil {
		return nil, err
	}
	rows := make([][]bool, code.Size)
	for y := range rows {
		rows[y] = make([]bool, code.Size)
		for x := range rows[y] {
			rows[y][x] = code.Black(x, y)
		}
	}
	return rows, nil
}

func encodeQR(payload string) (*qr.Code, error) {
	if payload == "" {
		return nil, errors.New("qr code: the payload is empty")
	}
	code, err := qr.Encode(payload, qr.M)
	if err != nil {
		return nil, fmt.Errorf("qr code of %d bytes: %w", len(payload), err)
	}
	const sizeOfVersion1, modulesPerVersion = 21, 4
	if version := (code.Size-sizeOfVersion1)/modulesPerVersion + 1; version > maxQRVersion {
		return nil, fmt.Errorf("qr code of %d bytes: needs version %d, at most %d is allowed: shorten the payload",
			len(payload), version, maxQRVersion)
	}
	return code, nil
}
