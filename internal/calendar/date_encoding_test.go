package calendar_test

import (
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgtype"
	"github.com/stretchr/testify/require"

	"maan/internal/calendar"
)

func TestDate_Value(t *testing.T) {
	t.Parallel()
	value, err := date("2026-11-23").Value()
	require.NoError(t, err)
	require.Equal(t, time.Date(2026, time.November, 23, 0, 0, 0, 0, time.UTC), value)
	value, err = calendar.Date{}.Value()
	require.NoError(t, err)
	require.Nil(t, value)
}

func TestDate_Scan(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		source any
		want   calendar.Date
	}{
		{"Null", nil, calendar.Date{}},
		{"Time", time.Date(2026, time.November, 23, 0, 0, 0, 0, time.UTC), date("2026-11-23")},
		{"TimeInItsZone", time.Date(2026, time.November, 23, 0, 0, 0, 0, zone(t, "Europe/Amsterdam")), date("2026-11-23")},
		{"Text", "2026-11-23", date("2026-11-23")},
		{"EmptyText", "", calendar.Date{}},
		{"Bytes", []byte("2026-11-23"), date("2026-11-23")},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			d := date("1999-01-01")
			require.NoError(t, d.Scan(tt.source))
			require.Equal(t, tt.want, d)
		})
	}
	var d calendar.Date
	require.ErrorContains(t, d.Scan(int64(3)), "int64")
	require.Error(t, d.Scan("infinity"))
}

// The codecs of pgx carry a Date through a Postgres date column and array, in
// both wire formats, NULL included.
func TestDate_PassesThroughPgx(t *testing.T) {
	t.Parallel()
	for name, format := range map[string]int16{"Binary": pgtype.BinaryFormatCode, "Text": pgtype.TextFormatCode} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			types := pgtype.NewMap()
			for _, in := range []calendar.Date{date("2026-11-23"), date("1999-12-31"), {}} {
				wire, err := types.Encode(pgtype.DateOID, format, in, nil)
				require.NoError(t, err)
				require.Equal(t, in.IsZero(), wire == nil)
				out := date("2000-01-01")
				require.NoError(t, types.Scan(pgtype.DateOID, format, wire, &out))
				require.Equal(t, in, out)
			}

			pointer := date("2026-11-23")
			wire, err := types.Encode(pgtype.DateOID, format, &pointer, nil)
			require.NoError(t, err)
			var back *calendar.Date
			require.NoError(t, types.Scan(pgtype.DateOID, format, wire, &back))
			require.Equal(t, pointer, *back)

			list := []calendar.Date{date("2026-11-23"), {}, date("2026-11-24")}
			wire, err = types.Encode(pgtype.DateArrayOID, format, list, nil)
			require.NoError(t, err)
			var listed []calendar.Date
			require.NoError(t, types.Scan(pgtype.DateArrayOID, format, wire, &listed))
			require.Equal(t, list, listed)
		})
	}
}
