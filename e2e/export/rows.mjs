// Prints each row of a Parquet file as a line of JSON, read with a reader that is
// written in JavaScript alone.
import { asyncBufferFromFile, parquetReadObjects } from 'hyparquet'
import { compressors } from 'hyparquet-compressors'

const file = await asyncBufferFromFile(process.argv[2])
for (const row of await parquetReadObjects({ file, compressors })) {
  // Whole numbers are of 64 bits in the file. JSON.stringify writes times itself.
  console.log(JSON.stringify(row, (_, value) => typeof value === 'bigint' ? Number(value) : value))
}
