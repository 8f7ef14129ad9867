package export

// Extension is how the names of files of a format end, as files of days are: CSV and
// NDJSON with gzip, Parquet as it is, which compresses inside. "" is no format.
func Extension(f Format) string {
	switch f {
	case CSV:
		return ".csv.gz"
	case NDJSON:
		return ".ndjson.gz"
	case Parquet:
		return ".parquet"
	}
	return ""
}

// MediaType is what files of a format are called in HTTP, as [Extension] names them.
func MediaType(f Format) string {
	switch f {
	case CSV, NDJSON:
		return "application/gzip"
	case Parquet:
		return "application/vnd.apache.parquet"
	}
	return "application/octet-stream"
}
