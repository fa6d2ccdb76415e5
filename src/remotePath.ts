/** True for a URL, such as `s3://bucket/prefix`: no path of the local file system. */
export const isRemote = (path: string): boolean => /^[a-z][a-z0-9+]*:\/\//i.test(path);
