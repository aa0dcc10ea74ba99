package main

import (
	"os"
	"strings"
	"testing"
)

const (
	somePNG  = "\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x00\x00\x00\x00\x3a\x7e\x9b\x55"
	someHTML = "<!DOCTYPE html><html><body><h1>502 Bad Gateway</h1></body></html>\n"
)

// testTable is a file that the tables' own tests are made of.
func testTable(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile("../../internal/compare/table/testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// badNames are files that are not what their name says.
func badNames(t *testing.T) []badResult {
	parquet, npy := testTable(t, "a.parquet"), testTable(t, "f8.a.npy")
	return []badResult{
		{file: "png.csv", a: "x,y\n1,2\n", b: somePNG, kind: "binary", says: "named .csv, but it is not text"},
		{file: "pngs.csv", a: somePNG, b: somePNG + "more", kind: "binary", says: "named .csv, but it is not text"},
		{file: "html.json", a: `{"a":1}`, b: someHTML, kind: "text", says: `named .json, but B is not JSON: at byte 1, "<" stands where a value should be`},
		{file: "htmls.json", a: someHTML, b: someHTML + "<hr>\n", kind: "text", says: `named .json, but A is not JSON: at byte 1, "<" stands where a value should be`},
		{file: "noise.parquet", a: noise(1, 5000), b: noise(2, 5000), kind: "binary", says: "named .parquet, but it is no Parquet file"},
		{file: "half.parquet", a: parquet, b: parquet[:len(parquet)/2], kind: "binary", says: "named .parquet, but its end is missing, as if it were cut off"},
		{file: "tail.parquet", a: parquet, b: parquet[:len(parquet)-8] + "\xff\xff\xff\x7fPAR1", kind: "binary", says: "named .parquet, but its footer is damaged or too large"},
		{file: "inside.parquet", a: parquet, b: parquet[:40] + strings.Repeat("\xff", 40) + parquet[80:], kind: "binary", says: "named .parquet, but it has a page that cannot be decompressed"},
		{file: "text.parquet", a: "PAR1PAR1", b: "PAR1 is no table PAR1", kind: "text", says: "named .parquet, but it is no Parquet file"},
		{file: "data.npy", a: npy, b: npy[:len(npy)-9], kind: "binary", says: "named .npy, but it is cut off: 111 of 120 bytes are there"},
		{file: "header.npy", a: npy, b: npy[:30], kind: "binary", says: "named .npy, but its header is cut off"},
		{file: "shape.npy", a: npy, b: numpy(`{'descr': '<f8', 'fortran_order': False, 'shape': (999999999, 999999999), }`), kind: "binary", says: "named .npy, but it is cut off: 0 of 7,999,999,984,000,000,008 bytes are there"},
		{file: "shapes.npy", a: numpy(`{'descr': '<f8', 'fortran_order': False, 'shape': (9223372036854775807,), }`), b: numpy(`{'descr': '<f8', 'fortran_order': False, 'shape': (9223372036854775807,), }`) + "x", kind: "binary", says: "named .npy, but its shape is larger than any file"},
		{file: "pickle.npy", a: numpy(`{'descr': '|O', 'fortran_order': False, 'shape': (1,), }`) + "cos\nsystem\n(S'true'\ntR.", b: numpy(`{'descr': '|O', 'fortran_order': False, 'shape': (1,), }`) + "cos\nsystem\n(S'false'\ntR.", kind: "binary", says: "named .npy, but it holds pickled Python objects, which are never loaded"},
		{file: "nested.npy", a: numpy("{'descr': " + strings.Repeat("[", 9000)), b: npy, kind: "binary", says: "named .npy, but its header cannot be read"},
		{file: "text.png", a: "no picture\n", b: "no picture either\n", kind: "text", says: "named .png, but it is neither PNG, JPEG nor GIF"},
		{file: "list.ipynb", a: "[1, 2]\n", b: "[1, 3]\n", kind: "text", says: "named .ipynb, but A has no cells"},
		{file: "cells.ipynb", a: `{"cells": 7}`, b: `{"cells": {"a": []}}`, kind: "text", says: "named .ipynb, but A has no cells"},
		{file: "broken.ipynb", a: `{"nbformat":4,"cells":[{"cell_type":"code","source":"1","outputs":[]}]}`, b: `{"nbformat":4,"cells":[{"cell_type":"code","sour`, kind: "text", says: "named .ipynb, but B is not JSON: at byte 49, it ends inside of a string"},
		{file: "text.pdf", a: "no pdf\n", b: "none\n", kind: "text", says: "named .pdf, but it does not begin as a PDF does"},
		{file: "text.xlsx", a: "a;b\n1;2\n", b: "a;b\n1;3\n", kind: "text", says: "named .xlsx, but it cannot be read as zip"},
		{file: "text.npz", a: "no zip\n", b: "none\n", kind: "text", says: "named .npz, but it is no archive of arrays, or is damaged"},
		{file: "empty.png", a: somePNG, b: "", kind: "binary", says: "named .png, but it cannot be decoded as png (unexpected EOF)"},
		{file: "empty.parquet", a: parquet, b: "", kind: "binary", says: "named .parquet, but it is no Parquet file"},
		{file: "empty.npz", a: "", b: "PK\x05\x06" + strings.Repeat("\x00", 18), kind: "binary", says: "named .npz, but it is no archive of arrays, or is damaged"},
	}
}

// numpy is the beginning of an npy file with that header.
func numpy(header string) string {
	return "\x93NUMPY\x01\x00" + string([]byte{byte(len(header) + 1), byte((len(header) + 1) >> 8)}) + header + "\n"
}

// badTables are tables that are broken, odd or hostile.
func badTables(t *testing.T) []badResult {
	wide := func(end string) string {
		var b strings.Builder
		for range 1_000_000 {
			b.WriteString("c,")
		}
		b.WriteString("c\n")
		b.WriteString(strings.Repeat("1,", 1_000_000) + end + "\n")
		return b.String()
	}
	utf16 := func(s string) string {
		out := "\xff\xfe"
		for _, r := range s {
			out += string([]byte{byte(r), byte(r >> 8)})
		}
		return out
	}
	rows := "id,price\n1,0.5\n2,0.6\n3,0.7\n"
	by := func(key string) []string { return []string{"--key", key} }
	return []badResult{
		{file: "cut.csv", a: rows, b: "id,price\n1,0.5\n2,0.6\n3,\"0.", kind: "table", says: `1 of 6 cells differs, in column "price": 0.7 → 0. (row 3); B ends inside a quoted cell, as if it`},
		{file: "short.csv", a: rows, b: "id,price\n1,0.5\n2", kind: "table", says: `1 of 4 cells differs, in column "price": 0.6 → NA (row 2); 1 row missing; the numbers of rows`},
		{file: "ragged.csv", a: rows, b: "id,price\n1,0.5,9,9\n2\n3,0.7\n", kind: "text", says: "named .csv, but its rows differ in how many cells they have"},
		{file: "wide.csv", a: wide("1"), b: wide("2"), kind: "table", says: `1 of 2,000,002 cells differs, in column 1000001: 1 → 2 (row 2)`},
		{file: "wider.csv", a: rows, b: strings.Repeat(",", 3_000_000) + "\n", kind: "text", says: "named .csv, but it has more than 1,048,576 columns"},
		{file: "bom.csv", a: rows, b: "\ufeff" + rows, same: true, kind: "table", says: ""},
		{file: "utf16.csv", a: rows, b: utf16(rows), same: true, kind: "table", says: ""},
		{file: "latin1.csv", a: "name,n\nM\u00fcller,1\n", b: "name,n\nM\xfcller,1\n", same: true, kind: "table", says: "some text is Latin-1 in one and UTF-8 in the other"},
		{file: "mixed.csv", a: "name,n\nM\u00fcller,1\nM\xfcller,2\n", b: "name,n\nM\u00fcller,1\nM\xfcller,3\n", kind: "table", says: `1 of 4 cells differs, in column "n": 2 → 3 (row 2)`},
		{file: "nul.csv", a: rows, b: strings.ReplaceAll(rows, "2", "\x00"), kind: "binary", says: "named .csv, but it is not text"},
		{file: "twins.csv", a: "x,x,x\n1,2,3\n", b: "x,x,x\n1,2,4\n", kind: "table", says: `1 of 6 cells differs, in column 3: 3 → 4 (row 2)`},
		{file: "headless.csv", a: rows, b: "id,price\n", kind: "table", says: "3 rows missing"},
		{file: "empty.csv", a: rows, b: "", kind: "table", says: `columns "id", "price" are missing; 3 rows missing`},
		{file: "blank.csv", a: "\n\n\n", b: "\n\n\n\n", same: true, kind: "table", says: "the same values"},
		{file: "nokey.csv", a: rows, b: "id,price\n2,0.6\n1,0.5\n3,0.8\n", flags: by("customer"), kind: "table", says: `5 of 6 cells differ, most in column "price": 0.5 → 0.6 (row 1); rows were matched by position, as`},
		{file: "onekey.csv", a: rows, b: "no,price\n2,0.6\n1,0.5\n3,0.8\n", flags: by("id"), kind: "table", says: `3 of 3 cells differ, in column "price": 0.5 → 0.6 (row 1); column "id" is missing; column "no" is`},
		{file: "twice.csv", a: "id,v\n1,a\n1,b\n2,c\n", b: "id,v\n1,b\n2,c\n1,x\n", flags: by("id"), kind: "table", says: `2 of 6 cells differ, in column "v": a → b (id=1); rows were matched by key column "id"; 2 rows with`},
		{file: "nan.csv", a: "id,v\nNaN,1\nNA,2\n,3\n1,4\n", b: "id,v\n1,4\nNaN,1\nNA,2\n,5\n", flags: by("id"), kind: "table", says: `1 of 8 cells differs, in column "v": 3 → 5 (id=); rows were matched by key column "id"; 4 rows with`},
		{file: "keyless.csv", a: rows, b: "", flags: by("id"), kind: "table", says: `columns "id", "price" are missing; 3 rows missing; rows were matched by position, as not both have`},
		{file: "numbers.csv", a: "x\n1e308\n-0\ninf\n1e-400\n0x10\n1_000\n", b: "x\n1e309\n0\n-inf\n1e-401\n16\n1000\n", kind: "table", says: `4 of 6 cells differ, in column "x": 1e308 → 1e309 (row 1)`},
		{file: "digits.csv", a: "x\n" + strings.Repeat("1", 1_000_000) + "\n", b: "x\n" + strings.Repeat("1", 999_999) + "2\n", kind: "table", says: `1 of 1 cell differs, in column "x": 1111111111111111111111111111111111111111`},
		{file: "cell.csv", a: "x,y\n\"" + strings.Repeat("a\n", 20_000_000) + "\",1\n", b: "x,y\n\"" + strings.Repeat("a\n", 20_000_000) + "b\",1\n", kind: "text", says: "named .csv, but it has a row of more than 32 MiB"},
		{file: "names.csv", a: "a\x1b[31m,\u202eb\n1,2\n", b: "a\x1b[31m,\u202eb\n1,3\n", kind: "table", says: `1 of 2 cells differs, in column "\u202eb": 2 → 3 (row 1)`},
		{file: "quotes.csv", a: strings.Repeat(`"`, 999_999), b: strings.Repeat(`"`, 1_000_001), kind: "table", says: "column"},
	}
}

// badDocuments are JSON that is broken, odd or hostile.
func badDocuments() []badResult {
	deep := func(n int, middle string) string {
		return strings.Repeat("[", n) + middle + strings.Repeat("]", n)
	}
	objects := func(n int, middle string) string {
		return strings.Repeat(`{"a":`, n) + middle + strings.Repeat("}", n)
	}
	many := func(last string) string {
		return `{` + strings.Repeat(`"k":1,`, 500_000) + `"k":` + last + "}"
	}
	return []badResult{
		{file: "deep.json", a: deep(9_999, "1"), b: deep(9_999, "2"), kind: "json", says: "1 of 1 value differs,"},
		{file: "deeper.json", a: deep(1_000_000, "1"), b: deep(1_000_000, "2"), kind: "text", says: "named .json, but A is nested deeper than 10,000 levels"},
		{file: "objects.json", a: objects(9_000, "1"), b: objects(9_000, "2"), kind: "json", says: "1 of 1 value differs,"},
		{file: "open.json", a: strings.Repeat("[", 5_000_000), b: strings.Repeat("[", 5_000_001), kind: "text", says: "named .json, but A is nested deeper than 10,000 levels"},
		{file: "keys.json", a: `{"a":1,"a":2}`, b: `{"a":1,"a":3}`, kind: "json", says: "1 of 1 value differs, $.a: 2 → 3; a key stands twice in an object ($, a), of which the last one"},
		{file: "keyorder.json", a: `{"a":1,"a":2}`, b: `{"a":2,"a":1}`, kind: "json", says: "1 of 1 value differs, $.a: 2 → 1; a key stands twice in an object ($, a), of which the last one"},
		{file: "manykeys.json", a: many("1"), b: many("2"), kind: "json", says: "1 of 1 value differs, $.k: 1 → 2; a key stands twice in an object ($, k), of which the last one"},
		{file: "nan.json", a: `{"x": NaN, "y": Infinity}`, b: `{"x": NaN, "y": -Infinity}`, kind: "json", says: "1 of 2 values differs, $.y: Infinity → -Infinity"},
		{file: "huge.json", a: `[1e999999, 1]`, b: `[1e999998, 1]`, kind: "json", says: "1 of 2 values differs, $[0]: 1e999999 → 1e999998"},
		{file: "digits.json", a: "[" + strings.Repeat("7", 3_000_000) + "]", b: "[" + strings.Repeat("7", 2_999_999) + "8]", kind: "text", says: "named .json, but A is not JSON: at byte 1,306,625, a number or word is longer than 1,048,576 bytes"},
		{file: "cut.json", a: `{"a":[1,2,3]}`, b: `{"a":[1,2`, kind: "text", says: "named .json, but B is not JSON: at byte 10, it ends where a comma or ] should be"},
		{file: "tail.json", a: `{"a":1}`, b: `{"a":1}}`, kind: "text", says: "named .json, but B is not JSON: at byte 8, something follows the document's end"},
		{file: "empty.json", a: `{"a":1}`, b: "", kind: "text", says: "named .json, but B is not JSON: at byte 1, it ends where a value should be"},
		{file: "bom.json", a: `{"a":1}`, b: "\ufeff" + `{"a":1}`, same: true, kind: "json", says: ""},
		{file: "surrogate.json", a: `{"a":"\ud800"}`, b: `{"a":"\udfff"}`, kind: "json", says: `1 of 1 value differs, $.a: "\xed\xa0\x80" → "\xed\xbf\xbf"`},
		{file: "bytes.json", a: "{\"a\":\"\xff\"}", b: "{\"a\":\"\xfe\"}", kind: "json", says: `1 of 1 value differs, $.a: "ÿ" → "þ"`},
		{file: "giant.json", a: `{"a":"` + strings.Repeat("x", 20<<20) + `"}`, b: `{"a":"` + strings.Repeat("x", 20<<20) + `y"}`, kind: "json", says: `1 of 1 value differs, $.a: "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx`},
		{file: "broken.jsonl", a: "{\"a\":1}\n{\"a\":\n{\"a\":3}\n", b: "{\"a\":1}\n{\"a\":2}\n{\"a\":3}\n", kind: "text", says: "named .jsonl, but A is not JSON: at byte 23, it ends where a comma or } should be"},
		{file: "blank.jsonl", a: "{\"a\":1}\n\n\n{\"a\":3}\n", b: "{\"a\":1}\n{\"a\":3}\n", same: true, kind: "jsonl", says: ""},
		{file: "deep.ipynb", a: `{"nbformat":4,"cells":` + deep(9_000, "1") + "}", b: `{"nbformat":4,"cells":` + deep(9_000, "2") + "}", kind: "text", says: "named .ipynb, but a cell of A is no object"},
	}
}
