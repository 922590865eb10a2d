// Package sheet reads the CSV files that people and ERPs make of tables, and
// hands out typed rows.
//
// [Open] goes through the whole file before it hands out a row, so that nothing
// is decided by its first lines:
//
//  1. encoding: UTF-8, UTF-16 by its byte order mark, else windows-1252, which
//     is told in a note;
//  2. dialect: the delimiter among comma, semicolon, tab and bar, by the header;
//     cells in double quotes may hold delimiters and line breaks (RFC 4180);
//  3. columns: a [Schema] says what is looked for and under which headers, a
//     [Mapping] what this sender does otherwise;
//  4. survey: one format of dates and one way to write decimals for the file,
//     from all its values. Where both readings of some value are possible the
//     file is refused with the question which one is meant. It is never guessed.
//
// What is wrong with the file as a whole is one [Refusal] with all its faults.
// What is wrong with a row is a [Fault] of that row, and the other rows go on.
//
// The file is read three times from an [io.ReadSeeker] without being kept; any
// other reader is kept in memory, up to [Limits].MaxBytes.
//
// Faults and notes never repeat a cell: they name the line, the column and the
// remedy.
package sheet
