#!/bin/sh
# Makes the videos of the browser test in the directory given: clip.mp4, and an
# HLS stream of three renditions in hls/. The pictures are a test card, so
# nothing has to be fetched and the result is free of anybody's rights.
#
# The mp4 has a constant bitrate (60,000 bytes a second): a byte position that
# the media server holds back is a known second of the film.
set -eu
dir=$1
seconds=24
ffmpeg() { command ffmpeg -hide_banner -loglevel error -y -nostdin "$@"; }

source="testsrc2=size=480x270:rate=25:duration=$seconds"
tone="sine=frequency=330:sample_rate=44100:duration=$seconds"
x264="-c:v libx264 -preset veryfast -pix_fmt yuv420p -profile:v main -g 50 -keyint_min 50 -sc_threshold 0 -threads 1"
aac="-c:a aac -b:a 32k -ac 1"

mkdir -p "$dir/hls"
# shellcheck disable=SC2086
ffmpeg -f lavfi -i "$source" -f lavfi -i "$tone" -vf scale=320:180 $x264 \
  -b:v 448k -minrate 448k -maxrate 448k -bufsize 224k -x264-params nal-hrd=cbr:force-cfr=1 \
  $aac -movflags +faststart "$dir/clip.mp4"

playlist="$dir/hls/master.m3u8"
printf '#EXTM3U\n#EXT-X-VERSION:3\n' > "$playlist"
for rendition in 160x90:80 320x180:200 480x270:400; do
  size=${rendition%:*} kbps=${rendition#*:}
  mkdir -p "$dir/hls/$size"
  # shellcheck disable=SC2086
  ffmpeg -f lavfi -i "$source" -f lavfi -i "$tone" -vf "scale=${size%x*}:${size#*x}" $x264 \
    -b:v "${kbps}k" -maxrate "${kbps}k" -bufsize "${kbps}k" $aac \
    -f hls -hls_time 2 -hls_playlist_type vod -hls_flags independent_segments \
    -hls_segment_filename "$dir/hls/$size/%03d.ts" "$dir/hls/$size/index.m3u8"
  printf '#EXT-X-STREAM-INF:BANDWIDTH=%d,RESOLUTION=%s,CODECS="avc1.4d401e,mp4a.40.2"\n%s/index.m3u8\n' \
    "$(( (kbps + 32) * 1000 ))" "$size" "$size" >> "$playlist"
done
