import { ioError } from '../../errors.ts';
import { send, type S3Access, type S3Request } from './requests.ts';

/**
 * Aborts the multipart uploads of objects below `prefix` (`s3://bucket/…`) whose names contain `id`, and
 * returns their number. When writing a large object fails, DuckDB leaves such an upload behind: it is
 * invisible, and its storage is charged.
 * @throws NearduckError (IO Error) when S3 refuses to list or abort them.
 */
export async function abortUploads(access: S3Access, prefix: string, id: string): Promise<number> {
  const [, bucket, key] = /^s3[an]?:\/\/([^/]+)\/?(.*)$/i.exec(prefix)!;
  let count = 0;
  for (;;) {
    const query = {
      'encoding-type': 'url',
      prefix: key === '' ? '' : `${key.replace(/\/+$/, '')}/`,
      uploads: '',
    };
    const text = await answerOf(access, { method: 'GET', bucket, key: '', query });
    const uploads = [...text.matchAll(/<Upload>([^]*?)<\/Upload>/g)]
      .map(([, upload]) => ({ key: decoded(element(upload, 'Key')), uploadId: element(upload, 'UploadId') }))
      .filter((upload) => upload.key.slice(upload.key.lastIndexOf('/') + 1).includes(id));
    if (uploads.length === 0) return count;
    for (const upload of uploads)
      await answerOf(access, {
        method: 'DELETE',
        bucket,
        key: upload.key,
        query: { uploadId: upload.uploadId },
      });
    count += uploads.length;
  }
}

async function answerOf(access: S3Access, request: S3Request): Promise<string> {
  const { status, text } = await send(access, request);
  if (status < 300) return text;
  throw ioError(`S3: ${request.method} answered HTTP ${status} ${element(text, 'Code')}`.trimEnd());
}

const element = (xml: string, name: string): string =>
  new RegExp(`<${name}>([^<]*)</${name}>`)
    .exec(xml)?.[1]
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&amp;', '&') ?? '';

const decoded = (text: string): string => decodeURIComponent(text.replaceAll('+', ' '));
