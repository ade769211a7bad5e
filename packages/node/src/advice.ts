//! What to do about an error, by its kind: the rows of `docs/errors.md`.

const ADVICE = {
  'credentials-rejected':
    'Do not try again: a Control Room disables a user after three refused logins, an Orchestrator locks one out after ten by default. Ask a person.',
  'token-rejected': 'Get a new token.',
  'request-rejected': 'Fix the input; a login may count as refused.',
  forbidden: 'Ask an administrator; a login may count as refused.',
  'not-found': 'Check the URL, the API version and the tenant.',
  'server-error': 'Try later; a login may count as refused.',
  redirected: 'It was not followed: fix the URL.',
  'unexpected-response': 'Look at what stands in front of the platform; a login may count as refused.',
  'never-left': 'Nothing was sent.',
  'may-have-acted':
    'The request may have arrived: a login may have happened, or count as refused. Look before you try again.',
};

export function adviceFor(kind: keyof typeof ADVICE): string {
  return ADVICE[kind];
}
