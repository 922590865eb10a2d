package reference

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"sync"

	"rsc.io/qr"
)

// QuietZone is the white margin of a QR code, in modules (ISO/IEC 18004).
const QuietZone = 4

const (
	maxQRVersion = 13 // EPC069-12
	maxQRScale   = 32 // pixels per module; a picture of 2464 pixels at most
)

// encoder packs fast and keeps its buffers: a code goes into every mail, and packing it
// harder saves few bytes for much work.
var encoder = png.Encoder{CompressionLevel: png.BestSpeed, BufferPool: new(buffers)}

type buffers struct{ pool sync.Pool }

// Get implements [png.EncoderBufferPool].
func (b *buffers) Get() *png.EncoderBuffer {
	buffer, _ := b.pool.Get().(*png.EncoderBuffer) // nil when the pool is empty: the encoder makes one
	return buffer
}

// Put implements [png.EncoderBufferPool].
func (b *buffers) Put(buffer *png.EncoderBuffer) { b.pool.Put(buffer) }

// QRCodePNG draws the payload as a black and white PNG: error correction level
// M and at most version 13 as EPC069-12 wants, scale pixels per module (1 to
// 32; 4 or more for print), and a quiet zone of four modules. The same payload
// gives the same bytes.
func QRCodePNG(payload string, scale int) ([]byte, error) {
	if scale < 1 || scale > maxQRScale {
		return nil, fmt.Errorf("qr code: scale %d: give 1 to %d pixels per module", scale, maxQRScale)
	}
	code, err := encodeQR(payload)
	if err != nil {
		return nil, err
	}
	var picture bytes.Buffer
	if err := encoder.Encode(&picture, drawQR(code, scale)); err != nil {
		return nil, fmt.Errorf("qr code of %d bytes: %w", len(payload), err)
	}
	return picture.Bytes(), nil
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

// drawQR draws the modules. The library's own PNG writer panics at scale 1.
func drawQR(code *qr.Code, scale int) image.Image {
	const black = 1 // and white is 0, as the picture is
	side := (code.Size + 2*QuietZone) * scale
	picture := image.NewPaletted(image.Rect(0, 0, side, side), color.Palette{color.White, color.Black})
	row := make([]byte, side)
	for y := range code.Size {
		for x := range side {
			row[x] = 0
			if code.Black(x/scale-QuietZone, y) {
				row[x] = black
			}
		}
		for line := range scale {
			copy(picture.Pix[((y+QuietZone)*scale+line)*picture.Stride:], row)
		}
	}
	return picture
}
