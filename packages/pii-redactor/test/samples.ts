/** Texts with something of every kind, in many surroundings. */
export const samples: readonly string[] = [
  'Contact john.smith@example.com or call +1 (555) 123-4567 x99 today. My SSN is 123-45-6789 and card 4111 1111 1111 1111 exp 12/25.\n',
  'IBAN DE89 3704 0044 0532 0130 00, or GB82WEST12345698765432; client 192.168.14.22 from 2001:db8::8a2e:370:7334 at 12:34:56\n',
  'postgres://admin:hunter2@db.internal:5432/app and https://api.example.com/v1?token=abcdef123456&x=1 are both open\n',
  'John Smith was born on 12/03/1985 and lives at 123 Main Street, Springfield, IL 62704. Frau Müller, Hauptstraße 12a, 10115 Berlin, Tel: 030 12345678\n',
  "passport no. 123456789; driver's license: D1234567 lat: 40.7128, lng: -74.0060; password: hunter2!x Authorization: Bearer eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abcdEFGHijkl\n",
  'CPF 529.982.247-25, PESEL 44051401359, DNI 12345678Z, NINO AB123456C, 😀 naïve ünïcödé 𝒜𝒷𝒸 12 rue de la Paix, 75002 Paris\n',
  '-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcw\nggSjAgEAAoIBAQC7\n-----END PRIVATE KEY-----\nafter it\n',
  'Order 4111111111111112 timestamp 1700000000000 uuid 123e4567-e89b-12d3-a456-426614174000 version 1.2.3.4 GET /api/users/12345678 200\n',
]
