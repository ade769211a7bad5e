//! A CA of the tests' own, and the certificates that it signs.

// What the next one cannot do without.
import 'reflect-metadata';

import * as x509 from '@peculiar/x509';

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const DAY_MS = 24 * 60 * 60 * 1000;

x509.cryptoProvider.set(crypto);

export class Authority {
  #keys;
  #certificate;
  #serial = 1;

  static async make(name = 'CN=CA of a test') {
    const authority = new Authority();
    authority.#keys = await crypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
    authority.#certificate = await x509.X509CertificateGenerator.createSelfSigned({
      serialNumber: '01',
      name,
      keys: authority.#keys,
      signingAlgorithm: ALGORITHM,
      ...lifetime(-1, 30),
      extensions: [new x509.BasicConstraintsExtension(true, undefined, true)],
    });
    return authority;
  }

  /** Its certificate, as PEM. */
  get pem() {
    return this.#certificate.toString('pem');
  }

  /** Signs a certificate for a server of this name, or a client. Days are counted from now. */
  async issue({ name = 'localhost', ips = ['127.0.0.1'], from = -1, to = 30 } = {}) {
    const keys = await crypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
    this.#serial += 1;
    const certificate = await x509.X509CertificateGenerator.create({
      serialNumber: this.#serial.toString(16).padStart(2, '0'),
      subject: `CN=${name}`,
      issuer: this.#certificate.subject,
      publicKey: keys.publicKey,
      signingKey: this.#keys.privateKey,
      signingAlgorithm: ALGORITHM,
      ...lifetime(from, to),
      extensions: [
        new x509.SubjectAlternativeNameExtension([
          { type: 'dns', value: name },
          ...ips.map((value) => ({ type: 'ip', value })),
        ]),
      ],
    });
    const key = await crypto.subtle.exportKey('pkcs8', keys.privateKey);
    return { cert: certificate.toString('pem'), key: x509.PemConverter.encode(key, 'PRIVATE KEY') };
  }
}

function lifetime(from, to) {
  return { notBefore: new Date(Date.now() + from * DAY_MS), notAfter: new Date(Date.now() + to * DAY_MS) };
}
