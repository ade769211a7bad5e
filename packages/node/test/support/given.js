//! What calls of the tests are given.

export const SECRET = 'pa55-w0rd-of-ada';

export const room = (url, transport = {}) => ({ url, api: 'v2', transport: { allowHttp: true, ...transport } });

export const credentials = () => ({ username: 'ada', secret: { password: SECRET } });

export const account = (url, transport) => ({ controlRoom: { controlRoom: room(url, transport), credentials: credentials() } });

export const keys = () => ({ placeKey: 'a1'.repeat(32), sealingKeys: ['b2'.repeat(32)] });

/** The error that something ends with. */
export async function errorOf(work) {
  try {
    await (typeof work === 'function' ? work() : work);
  } catch (error) {
    return error;
  }
  throw new Error('it did not fail');
}
