// Takes an entry's kind and the short fields of what it says; gives a few words on what it is about, in the reader's language
// where the record's words have one. Says nothing of a kind that it does not know, or of fields that are not there.
import { term } from '../../state/words';
import type { EntrySaid } from '../../verifier/verifier';

type Fields = NonNullable<EntrySaid['fields']>;
/** A field, or one whose words are the record's own, with their kind. */
type Piece = string | readonly [field: string, kind: Parameters<typeof term>[0]];

const PIECES: Record<string, readonly Piece[]> = {
  'mission.opened': ['mission', 'time_zone'],
  'author.admitted': ['name'],
  'author.dismissed': ['ground'],
  'reader.entitled': ['reader'],
  'reader.removed': ['reader'],
  'source.declared': ['title'],
  observation: [['act', 'act'], 'object', ['means', 'means'], 'source', 'text'],
  effort: [['outcome', 'outcome'], ['means', 'means'], 'source', 'limits'],
  'control-map': ['title', 'source'],
  'total.claimed': ['claimant', 'total', 'truce'],
  'row.unread': ['file', 'row', 'why'],
  'import.closed': ['kind', 'file'],
  'finding.signed': [['result', 'state'], 'signed_by', 'grounds'],
  'attribution.signed': ['party', 'signed_by', 'grounds'],
  'grouping.ordered': ['order', 'signed_by', 'grounds'],
  'parameters.adopted': ['basis'],
  'detection.adopted': ['basis'],
  'ruling.made': ['rule', 'decision', 'body'],
  'interpretation.ruled': ['reading', 'body'],
  'evidence.acquired': ['name', 'custodian'],
  'custody.recorded': ['act', 'by', 'reason'],
  'checkpoint.timestamped': ['authority'],
  'bulletin.published': ['bulletin', 'day', ['reader', 'reads']],
  'derivation.attested': ['by', ['reader', 'reads']],
  'redaction.ordered': ['authority', 'ground'],
  'record.handed-over': ['authority', 'ground'],
  'record.resumed': ['by', 'asked'],
  'deed.recorded': [['what', 'deed'], 'by', 'note'],
  'notice.recorded': ['form', 'by', 'note'],
  'alert.raised': ['channel', 'subject'],
  'alert.step': [['step', 'alert'], 'by', 'note'],
  'onlooker.admitted': ['party'],
  'onlooker.dismissed': ['party'],
};

/** The title that a text says of itself before it begins: an agreement's, or a page of guarantees'. */
function title(text: string | number | undefined): string {
  return /^title: (.+)$/m.exec(String(text ?? ''))?.[1] ?? '';
}

function pieces(kind: string, fields: Fields): string {
  if (kind === 'agreement.adopted' || kind === 'guarantees.adopted') return title(fields['text']);
  const said = (PIECES[kind] ?? []).map((piece) => {
    const [field, words] = typeof piece === 'string' ? [piece, null] : piece;
    const value = fields[field];
    if (value === undefined) return '';
    return words === null ? String(value) : term(words, String(value));
  });
  return said.filter((text) => text !== '').join(' · ');
}

/** What an entry is about; where that is not for everyone, not what it committed to, or not to be had, this. */
export function about(kind: string, said: EntrySaid | null | undefined): string {
  if (said == null) return term('said', 'absent');
  return said.state === 'open' ? pieces(kind, said.fields ?? {}) : term('said', said.state);
}
