-- A copy of production opens no door.
UPDATE access_gateway
SET token_hash = NULL, pairing_hash = NULL, next_token = NULL, next_token_hash = NULL;
