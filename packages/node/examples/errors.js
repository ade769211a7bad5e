import { AuthError, authenticate, InvalidArgument, Rejected, Throttled, Unreachable } from 'rpa-auth';

try {
  await authenticate(
    { url: process.env.CONTROL_ROOM, api: 'v2' },
    { username: 'ada', secret: { password: process.env.CR_PASSWORD } },
  );
} catch (error) {
  if (!(error instanceof AuthError)) throw error;
  // What to do stands in the message, and no secret.
  console.log(error.message);
  if (error instanceof InvalidArgument) console.log(`fix ${error.path}`);
  else if (error instanceof Rejected && error.kind === 'credentials-rejected') console.log('ask a person; do not try again');
  else if (error instanceof Throttled) console.log(`wait ${error.retryAfter ?? 60} s`);
  else if (error instanceof Unreachable && !error.mayHaveActed) console.log('nothing was sent: try again');
  else console.log('look at the platform before you try again');
}
