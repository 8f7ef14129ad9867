package export

import (
	"io"
	"strconv"

	"github.com/parquet-go/parquet-go"

	"playhead/internal/view"
)

// Sizes of Parquet files. A row group is what readers read in parallel, and what
// has to be in memory before it is written: it ends with either limit. Pages and
// batches are small because there are more than two hundred columns.
const (
	groupRows     = 32 << 10
	groupBytes    = 12 << 20 // of encoded pages, and of values not yet encoded
	pageBytes     = 32 << 10
	chunkBytes    = 8 << 10 // pages of a column are kept in such pieces until the row group is written
	dictionaryMax = 64 << 10
	batchRows     = 256
)

// Keys of the metadata of a Parquet file.
const (
	versionKey = "playhead.version" // of the columns
	creator    = "playhead"
)

// parquetWriter writes views as the rows of a Parquet file. Values are collected
// by column for a batch of views, and then go straight into the buffers of the columns:
// no row is ever put together.
type parquetWriter struct {
	file     *parquet.GenericWriter[any]
	columns  []*parquetColumn
	property int64
	values   [][]parquet.Value // of the batch, by leaf
	texts    []byte            // what texts of the batch are, one after the other
	batch    int               // views in the batch
	group    int               // views in the row group before the batch
	ended    int64             // bytes up to the end of the last row group
}

func newParquetWriter(w io.Writer, o Options) *parquetWriter {
	columns, schema := parquetSchema(o.Version)
	file := parquet.NewGenericWriter[any](w, schema,
		parquet.CreatedBy(creator, "", ""),
		parquet.KeyValueMetadata(versionKey, strconv.Itoa(o.Version)),
		parquet.Compression(zstdPages{}),
		parquet.DataPageVersion(1), // what every reader reads
		parquet.PageBufferSize(pageBytes),
		parquet.DictionaryMaxBytes(dictionaryMax),
		parquet.ColumnPageBuffers(parquet.NewChunkBufferPool(chunkBytes)),
		parquet.DataPageStatistics(false), // the index of pages has them
	)
	return &parquetWriter{file: file, columns: columns, property: o.Property, values: make([][]parquet.Value, len(schema.Columns()))}
}

// Write implements [Writer].
func (w *parquetWriter) Write(v *view.View) error {
	for _, c := range w.columns {
		c.add(w, Row{v, w.property})
	}
	w.batch++
	if w.batch < batchRows {
		return nil
	}
	return w.flushBatch()
}

// flushBatch moves the batch into the buffers of the columns, and ends the row
// group where it is large enough.
func (w *parquetWriter) flushBatch() error {
	for i, column := range w.file.ColumnWriters() {
		if _, err := column.WriteRowValues(w.values[i]); err != nil {
			return err
		}
		clear(w.values[i])
		w.values[i] = w.values[i][:0]
	}
	w.texts = w.texts[:0]
	w.group += w.batch
	w.batch = 0
	if w.group < groupRows && w.file.Size()-w.ended < groupBytes {
		return nil
	}
	if err := w.file.Flush(); err != nil {
		return err
	}
	w.group, w.ended = 0, w.file.Size()
	return nil
}

// Close implements [Writer].
func (w *parquetWriter) Close() error {
	if w.batch > 0 {
		if err := w.flushBatch(); err != nil {
			return err
		}
	}
	return w.file.Close()
}
