package app

import (
	"errors"
	"fmt"

	"playhead/internal/export/s3"
)

// bucket is the settings of the object storage that files of days go to.
func (c *Config) bucket() s3.Config {
	return s3.Config{
		Endpoint: c.ExportS3Endpoint, Region: c.ExportS3Region, Bucket: c.ExportS3Bucket, Prefix: c.ExportS3Prefix,
		AccessKey: c.ExportS3AccessKey, SecretKey: c.ExportS3SecretKey,
	}
}

// validateBucket checks the settings of the object storage.
func (c *Config) validateBucket() error {
	if c.ExportS3Bucket != "" {
		if c.ExportDir != "" {
			return errors.New("export-dir and export-s3-bucket are set: files of days are in one of them, want the other empty")
		}
		bucket := c.bucket()
		return bucket.Validate()
	}
	for name, value := range map[string]string{
		"export-s3-region": c.ExportS3Region, "export-s3-prefix": c.ExportS3Prefix,
		"export-s3-access-key": c.ExportS3AccessKey, "export-s3-secret-key": c.ExportS3SecretKey,
	} {
		if value != "" {
			return fmt.Errorf("export-s3-bucket is empty: want the bucket that %s is for", name)
		}
	}
	return nil
}
