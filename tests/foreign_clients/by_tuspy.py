"""tuspy sends a file: by_tuspy.py SITE PHASE FILE; prints where it has sent it."""

import os
import sys
from pathlib import Path

from tusclient.client import TusClient

site, phase, file = sys.argv[1:]
client = TusClient(f"{site}/api/v1/uploads/", headers={"Authorization": f"Bearer {os.environ['LID_TOKEN']}"})
upload = client.uploader(
    file,
    chunk_size=min(32 * 1024**2, Path(file).stat().st_size // 8),
    metadata={"phase": phase, "filename": "results.zip"},
    retries=200,
    retry_delay=0.3,
    upload_checksum=True,
)
upload.upload()
sys.stdout.write(upload.url)
